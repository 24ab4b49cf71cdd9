package millrace.peers.flink;

import java.util.Arrays;
import millrace.peers.nexmark.Event.Bid;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/** Aggregates of the windowed queries, and what they give. */
final class Windows {
    public static final class Counter {
        public long n;
    }

    public static final class Count implements AggregateFunction<Long, Counter, Long> {
        @Override
        public Counter createAccumulator() {
            return new Counter();
        }

        @Override
        public Counter add(Long key, Counter counter) {
            counter.n++;
            return counter;
        }

        @Override
        public Long getResult(Counter counter) {
            return counter.n;
        }

        @Override
        public Counter merge(Counter a, Counter b) {
            a.n += b.n;
            return a;
        }
    }

    public static final class KeyCount {
        public long key, count, start, end;

        public KeyCount() {}

        KeyCount(long key, long count, long start, long end) {
            this.key = key;
            this.count = count;
            this.start = start;
            this.end = end;
        }
    }

    public static final class WithWindow extends ProcessWindowFunction<Long, KeyCount, Long, TimeWindow> {
        @Override
        public void process(Long key, Context context, Iterable<Long> counts, Collector<KeyCount> out) {
            TimeWindow window = context.window();
            out.collect(new KeyCount(key, counts.iterator().next(), window.getStart(), window.getEnd()));
        }
    }

    /** q5: the keys that have the greatest count. */
    public static final class Hottest {
        public long count = -1;
        public long[] keys = new long[0];
    }

    public static final class Most implements AggregateFunction<KeyCount, Hottest, Hottest> {
        @Override
        public Hottest createAccumulator() {
            return new Hottest();
        }

        @Override
        public Hottest add(KeyCount k, Hottest hottest) {
            if (k.count < hottest.count) return hottest;
            if (k.count > hottest.count) {
                hottest.count = k.count;
                hottest.keys = new long[0];
            }
            hottest.keys = Arrays.copyOf(hottest.keys, hottest.keys.length + 1);
            hottest.keys[hottest.keys.length - 1] = k.key;
            return hottest;
        }

        @Override
        public Hottest getResult(Hottest hottest) {
            return hottest;
        }

        @Override
        public Hottest merge(Hottest a, Hottest b) {
            throw new UnsupportedOperationException("tumbling windows do not merge");
        }
    }

    /** q7: what it reads of a bid. */
    public static final class Offer {
        public long auction, bidder, price, dateTime;
        public String extra;

        public Offer() {}

        Offer(Bid b) {
            auction = b.auction;
            bidder = b.bidder;
            price = b.price;
            dateTime = b.dateTime;
            extra = b.extra;
        }
    }

    public static final class Offers {
        public Offer[] offers = new Offer[0];
    }

    public static final class Highest implements AggregateFunction<Offer, Offers, Offers> {
        @Override
        public Offers createAccumulator() {
            return new Offers();
        }

        @Override
        public Offers add(Offer offer, Offers highest) {
            long price = highest.offers.length == 0 ? 0 : highest.offers[0].price;
            if (offer.price > price) {
                highest.offers = new Offer[] {offer};
            } else if (offer.price == price) {
                highest.offers = Arrays.copyOf(highest.offers, highest.offers.length + 1);
                highest.offers[highest.offers.length - 1] = offer;
            }
            return highest;
        }

        @Override
        public Offers getResult(Offers highest) {
            return highest;
        }

        @Override
        public Offers merge(Offers a, Offers b) {
            throw new UnsupportedOperationException("tumbling windows do not merge");
        }
    }

    /** r1: what it reads of a bid. */
    public static final class BidderBid {
        public long bidder, auction, price, dateTime;

        public BidderBid() {}

        BidderBid(Bid b) {
            bidder = b.bidder;
            auction = b.auction;
            price = b.price;
            dateTime = b.dateTime;
        }
    }

    /** Number and sum of bids, and the latest ten, oldest first. */
    public static final class Past {
        static final int LATEST = 10;
        public long count, sum;
        public int held;
        public long[] auctions = new long[LATEST], times = new long[LATEST];

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

    public static final class Recent implements AggregateFunction<BidderBid, Past, Past> {
        @Override
        public Past createAccumulator() {
            return new Past();
        }

        @Override
        public Past add(BidderBid bid, Past past) {
            past.count++;
            past.sum += bid.price;
            past.put(bid.auction, bid.dateTime);
            return past;
        }

        @Override
        public Past getResult(Past past) {
            return past;
        }

        @Override
        public Past merge(Past a, Past b) {
            a.count += b.count;
            a.sum += b.sum;
            for (int i = 0; i < b.held; i++) a.put(b.auctions[i], b.times[i]);
            return a;
        }
    }

    public static final class RecentPast {
        public long bidder, end, count, sum;
        public long[] auctions;
    }

    public static final class RecentOfUser extends ProcessWindowFunction<Past, RecentPast, Long, TimeWindow> {
        @Override
        public void process(Long bidder, Context context, Iterable<Past> pasts, Collector<RecentPast> out) {
            Past past = pasts.iterator().next();
            RecentPast row = new RecentPast();
            row.bidder = bidder;
            row.end = context.window().getEnd();
            row.count = past.count;
            row.sum = past.sum;
            row.auctions = Arrays.copyOf(past.auctions, past.held);
            out.collect(row);
        }
    }

    private Windows() {}
}
