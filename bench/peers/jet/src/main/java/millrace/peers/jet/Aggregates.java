package millrace.peers.jet;

import com.hazelcast.jet.aggregate.AggregateOperation;
import com.hazelcast.jet.aggregate.AggregateOperation1;
import com.hazelcast.jet.datamodel.KeyedWindowResult;
import java.io.Serializable;
import java.util.Arrays;
import millrace.peers.nexmark.Event.Bid;

/** Aggregates of the windowed queries, and what they read of a bid. */
final class Aggregates {
    /** q5: the auctions that have the greatest count. */
    static final class Hottest implements Serializable {
        long count = -1;
        long[] auctions = new long[0];

        void put(long n, long... more) {
            if (n < count) return;
            if (n > count) {
                count = n;
                auctions = more;
                return;
            }
            int held = auctions.length;
            auctions = Arrays.copyOf(auctions, held + more.length);
            System.arraycopy(more, 0, auctions, held, more.length);
        }
    }

    static AggregateOperation1<KeyedWindowResult<Long, Long>, Hottest, Hottest> most() {
        return AggregateOperation.withCreate(Hottest::new)
                .<KeyedWindowResult<Long, Long>>andAccumulate((hottest, k) -> {
                    if (k.result() >= hottest.count) hottest.put(k.result(), k.getKey());
                })
                .andCombine((a, b) -> a.put(b.count, b.auctions))
                .andExportFinish(hottest -> hottest);
    }

    /** q7. */
    static final class Offer implements Serializable {
        final long auction, bidder, price, dateTime;
        final String extra;

        Offer(Bid b) {
            auction = b.auction;
            bidder = b.bidder;
            price = b.price;
            dateTime = b.dateTime;
            extra = b.extra;
        }
    }

    static final class Offers implements Serializable {
        Offer[] offers = new Offer[0];

        void put(Offer offer) {
            long price = offers.length == 0 ? 0 : offers[0].price;
            if (offer.price > price) {
                offers = new Offer[] {offer};
            } else if (offer.price == price) {
                offers = Arrays.copyOf(offers, offers.length + 1);
                offers[offers.length - 1] = offer;
            }
        }
    }

    static AggregateOperation1<Offer, Offers, Offers> highest() {
        return AggregateOperation.withCreate(Offers::new)
                .<Offer>andAccumulate(Offers::put)
                .andCombine((a, b) -> {
                    for (Offer offer : b.offers) a.put(offer);
                })
                .andExportFinish(offers -> offers);
    }

    /** r1. */
    static final class BidderBid implements Serializable {
        final long bidder, auction, price, dateTime;

        BidderBid(Bid b) {
            bidder = b.bidder;
            auction = b.auction;
            price = b.price;
            dateTime = b.dateTime;
        }
    }

    /** Number and sum of bids, and the latest ten, oldest first. */
    static final class Past implements Serializable {
        private static final int LATEST = 10;
        long count, sum;
        int held;
        final long[] auctions = new long[LATEST], times = new long[LATEST];

        void put(long auction, long time) {
            int at = held;
            if (held < LATEST) {
                held++;
            } else {
                if (time < times[0]) return;
                at--;
                System.arraycopy(auctions, 1, auctions, 0, at);
                System.arraycopy(times, 1, times, 0, at);
            }
            for (; at > 0 && times[at - 1] > time; at--) {
                auctions[at] = auctions[at - 1];
                times[at] = times[at - 1];
            }
            auctions[at] = auction;
            times[at] = time;
        }
    }

    /** The latest ten cannot be taken back, so there is no deduction: a window combines its frames anew. */
    static AggregateOperation1<BidderBid, Past, Past> recent() {
        return AggregateOperation.withCreate(Past::new)
                .<BidderBid>andAccumulate((past, bid) -> {
                    past.count++;
                    past.sum += bid.price;
                    past.put(bid.auction, bid.dateTime);
                })
                .andCombine((a, b) -> {
                    a.count += b.count;
                    a.sum += b.sum;
                    for (int i = 0; i < b.held; i++) a.put(b.auctions[i], b.times[i]);
                })
                .andExportFinish(past -> past);
    }

    private Aggregates() {}
}
