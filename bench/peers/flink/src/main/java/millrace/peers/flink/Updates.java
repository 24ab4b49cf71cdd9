package millrace.peers.flink;

import millrace.peers.nexmark.Event.Bid;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Queries whose rows replace each other: q17 (an auction's day), q18 (last bids), q19 (ten best bids). */
final class Updates {
    static final long DAY_MS = 86_400_000L;

    public static final class PriceOnDay {
        public long auction, price, day;

        public PriceOnDay() {}

        PriceOnDay(Bid b) {
            auction = b.auction;
            price = b.price;
            day = b.dateTime / DAY_MS;
        }
    }

    public static final class DayStats {
        public long auction, day, bids, low, middle, high, least = Long.MAX_VALUE, most, sum;
    }

    public static final class StatsOfDay extends KeyedProcessFunction<Long, PriceOnDay, DayStats> {
        private transient ValueState<DayStats> state;

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getState(new ValueStateDescriptor<>("stats", DayStats.class));
        }

        @Override
        public void processElement(PriceOnDay bid, Context context, Collector<DayStats> out) throws Exception {
            DayStats stats = state.value();
            if (stats == null) {
                stats = new DayStats();
                stats.auction = bid.auction;
                stats.day = bid.day;
            }
            stats.bids++;
            if (bid.price < 10_000) stats.low++;
            else if (bid.price < 1_000_000) stats.middle++;
            else stats.high++;
            stats.least = Math.min(stats.least, bid.price);
            stats.most = Math.max(stats.most, bid.price);
            stats.sum += bid.price;
            state.update(stats);
            out.collect(stats);
        }
    }

    public static final class LastBid extends KeyedProcessFunction<Long, Bid, Bid> {
        private transient ValueState<Bid> last;

        @Override
        public void open(OpenContext context) {
            last = getRuntimeContext().getState(new ValueStateDescriptor<>("last", Bid.class));
        }

        @Override
        public void processElement(Bid bid, Context context, Collector<Bid> out) throws Exception {
            Bid before = last.value();
            if (before != null && before.dateTime > bid.dateTime) return;
            last.update(bid);
            out.collect(bid);
        }
    }

    public static final class Ranked {
        public Bid bid;
        public long rank;

        public Ranked() {}

        Ranked(Bid bid, long rank) {
            this.bid = bid;
            this.rank = rank;
        }
    }

    /** Best first. */
    public static final class Best {
        static final int RANKS = 10;
        public Bid[] bids = new Bid[RANKS];
        public int held;
    }

    public static final class TopTen extends KeyedProcessFunction<Long, Bid, Ranked> {
        private transient ValueState<Best> state;

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getState(new ValueStateDescriptor<>("best", Best.class));
        }

        @Override
        public void processElement(Bid bid, Context context, Collector<Ranked> out) throws Exception {
            Best best = state.value();
            if (best == null) best = new Best();
            if (best.held == Best.RANKS && best.bids[Best.RANKS - 1].price >= bid.price) return;
            int at = best.held < Best.RANKS ? best.held++ : Best.RANKS - 1;
            for (; at > 0 && best.bids[at - 1].price < bid.price; at--) best.bids[at] = best.bids[at - 1];
            best.bids[at] = bid;
            state.update(best);
            for (; at < best.held; at++) out.collect(new Ranked(best.bids[at], at + 1));
        }
    }

    private Updates() {}
}
