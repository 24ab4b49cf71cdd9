package millrace.peers.jet;

import com.hazelcast.jet.datamodel.KeyedWindowResult;
import millrace.peers.jet.Aggregates.Hottest;
import millrace.peers.jet.Aggregates.Offer;
import millrace.peers.jet.Aggregates.Offers;
import millrace.peers.jet.Aggregates.Past;
import millrace.peers.nexmark.Event.Bid;
import millrace.peers.nexmark.RowHash;
import millrace.peers.nexmark.Tables;

/** Hashes of the rows that both APIs give. */
final class RowHashes {
    static int session(KeyedWindowResult<Long, Long> k) {
        return RowHash.of(k.getKey(), k.result(), k.start(), k.end());
    }

    static int countOfSecond(KeyedWindowResult<Long, Long> k) {
        return RowHash.of(k.getKey(), k.result(), k.start());
    }

    static int recent(KeyedWindowResult<Long, Past> k) {
        Past past = k.result();
        int h = RowHash.fold(RowHash.fold(RowHash.fold(RowHash.fold(RowHash.SEED, k.getKey()), k.end()), past.count), past.sum);
        for (int i = 0; i < past.held; i++) h = RowHash.fold(h, past.auctions[i]);
        return Tables.mix(h);
    }

    /** Of all rows of a window. */
    static int hottest(Hottest hottest) {
        int sum = 0;
        for (long auction : hottest.auctions) sum += RowHash.of(auction, hottest.count);
        return sum;
    }

    /** Of all rows of a window. */
    static int highest(Offers highest) {
        int sum = 0;
        for (Offer offer : highest.offers) sum += offer(offer);
        return sum;
    }

    static int offer(Offer o) {
        return RowHash.of(o.auction, o.price, o.bidder, o.dateTime, o.extra.length());
    }

    static int bought(Bid b) {
        return RowHash.of(b.auction, b.bidder, b.price, b.dateTime, b.extra.length());
    }

    private RowHashes() {}
}
