package millrace.peers.flink;

import static millrace.peers.nexmark.RowHash.of;

import java.time.Duration;
import millrace.peers.flink.Joins.BidOnAuction;
import millrace.peers.flink.Joins.NamedPerson;
import millrace.peers.flink.Joins.NewSeller;
import millrace.peers.flink.Joins.PersonPlace;
import millrace.peers.flink.Joins.Sale;
import millrace.peers.flink.Joins.Seller;
import millrace.peers.flink.Updates.DayStats;
import millrace.peers.flink.Updates.PriceOnDay;
import millrace.peers.flink.Updates.Ranked;
import millrace.peers.flink.Windows.BidderBid;
import millrace.peers.flink.Windows.Hottest;
import millrace.peers.flink.Windows.KeyCount;
import millrace.peers.flink.Windows.Offer;
import millrace.peers.flink.Windows.Offers;
import millrace.peers.flink.Windows.RecentPast;
import millrace.peers.nexmark.Event;
import millrace.peers.nexmark.Event.Auction;
import millrace.peers.nexmark.Event.Bid;
import millrace.peers.nexmark.Event.Person;
import millrace.peers.nexmark.Generator;
import millrace.peers.nexmark.RowHash;
import millrace.peers.nexmark.Tables;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.util.Collector;

/** The queries in the DataStream API, as a user who looks after speed writes them: projected before keyBy, POJOs, incremental aggregates. */
final class StreamQueries {
    private final StreamExecutionEnvironment env;
    private final int events;
    private final long intervalUs;

    StreamQueries(StreamExecutionEnvironment env, int events, long intervalUs) {
        this.env = env;
        this.events = events;
        this.intervalUs = intervalUs;
    }

    void define(String query) {
        switch (query) {
            case "gen" -> source().sinkTo(new CountSink<>(e -> (int) e.dateTime));
            case "q0" -> bids().sinkTo(new CountSink<>(StreamQueries::bought));
            case "q1" -> bids().map(StreamQueries::inEuros).returns(Bid.class).sinkTo(new CountSink<>(StreamQueries::bought));
            case "q2" -> bids().filter(b -> b.auction % 123 == 0).sinkTo(new CountSink<>(b -> of(b.auction, b.price)));
            case "q3" -> q3();
            case "q5" -> q5();
            case "q7" -> q7();
            case "q8" -> q8();
            case "q11" -> q11();
            case "q17" -> q17();
            case "q18" -> bids().keyBy(StreamQueries::bidderAndAuction, Types.LONG).process(new Updates.LastBid()).returns(Bid.class)
                    .sinkTo(new CountSink<>(StreamQueries::whole, StreamQueries::bidderAndAuction));
            case "q19" -> bids().keyBy(b -> b.auction, Types.LONG).process(new Updates.TopTen()).returns(Ranked.class)
                    .sinkTo(new CountSink<>(StreamQueries::ranked, r -> r.bid.auction * 16 + r.rank));
            case "q20" -> q20();
            case "q22" -> bids().flatMap(Directories::split).returns(Directories.class).sinkTo(new CountSink<>(Directories::hash));
            case "k1" -> auctions().keyBy(a -> a, Types.LONG).window(TumblingEventTimeWindows.of(Duration.ofSeconds(1)))
                    .aggregate(new Windows.Count(), new Windows.WithWindow()).returns(KeyCount.class)
                    .sinkTo(new CountSink<>(k -> of(k.key, k.count, k.start)));
            case "r1" -> r1();
            default -> throw new IllegalArgumentException("there is no DataStream form of " + query);
        }
    }

    // The event stream, and what queries take from it.

    private DataStream<Event> source() {
        return env.fromSource(new GeneratorSource<>(events, intervalUs, Generator::eventAt, TypeInformation.of(Event.class)),
                WatermarkStrategy.forMonotonousTimestamps(), "nexmark");
    }

    private <T> DataStream<T> from(DataStream<Event> source, FlatMapFunction<Event, T> taken, TypeInformation<T> type) {
        return source.flatMap(taken).returns(type);
    }

    private <T> DataStream<T> from(FlatMapFunction<Event, T> taken, Class<T> type) {
        return from(source(), taken, TypeInformation.of(type));
    }

    private DataStream<Bid> bids() {
        return from((e, out) -> {
            if (e instanceof Bid bid) out.collect(bid);
        }, Bid.class);
    }

    /** Of bids. */
    private DataStream<Long> auctions() {
        return from(source(), (e, out) -> {
            if (e instanceof Bid bid) out.collect(bid.auction);
        }, Types.LONG);
    }

    // The queries that take more than a line.

    private void q3() {
        DataStream<Event> source = source();
        DataStream<PersonPlace> people = from(source, (e, out) -> {
            if (e instanceof Person p && (p.state.equals("OR") || p.state.equals("ID") || p.state.equals("CA"))) {
                out.collect(new PersonPlace(p));
            }
        }, TypeInformation.of(PersonPlace.class));
        DataStream<Sale> sales = from(source, (e, out) -> {
            if (e instanceof Auction a && a.category == 10) out.collect(new Sale(a));
        }, TypeInformation.of(Sale.class));
        sales.keyBy(s -> s.seller, Types.LONG).connect(people.keyBy(p -> p.id, Types.LONG)).process(new Joins.Sellers())
                .returns(Seller.class)
                .sinkTo(new CountSink<>(s -> of(s.name.length(), s.city.length(), s.state.length(), s.auction)));
    }

    private void q5() {
        auctions().keyBy(a -> a, Types.LONG).window(SlidingEventTimeWindows.of(Duration.ofSeconds(10), Duration.ofSeconds(2)))
                .aggregate(new Windows.Count(), new Windows.WithWindow()).returns(KeyCount.class)
                .keyBy(k -> k.end, Types.LONG).window(TumblingEventTimeWindows.of(Duration.ofSeconds(2)))
                .aggregate(new Windows.Most()).returns(Hottest.class)
                .flatMap((Hottest hottest, Collector<KeyCount> out) -> {
                    for (long auction : hottest.keys) out.collect(new KeyCount(auction, hottest.count, 0, 0));
                })
                .returns(KeyCount.class)
                .sinkTo(new CountSink<>(k -> of(k.key, k.count)));
    }

    private void q7() {
        DataStream<Offer> offers = from((e, out) -> {
            if (e instanceof Bid bid) out.collect(new Offer(bid));
        }, Offer.class);
        offers.windowAll(TumblingEventTimeWindows.of(Duration.ofSeconds(10)))
                .aggregate(new Windows.Highest(), TypeInformation.of(Offers.class), TypeInformation.of(Offers.class))
                .flatMap((Offers highest, Collector<Offer> out) -> {
                    for (Offer offer : highest.offers) out.collect(offer);
                })
                .returns(Offer.class)
                .sinkTo(new CountSink<>(o -> of(o.auction, o.price, o.bidder, o.dateTime, o.extra.length())));
    }

    private void q8() {
        DataStream<Event> source = source();
        DataStream<NamedPerson> people = from(source, (e, out) -> {
            if (e instanceof Person p) out.collect(new NamedPerson(p));
        }, TypeInformation.of(NamedPerson.class));
        DataStream<Long> sellers = from(source, (e, out) -> {
            if (e instanceof Auction a) out.collect(a.seller);
        }, Types.LONG);
        people.coGroup(sellers).where(p -> p.id, Types.LONG).equalTo(s -> s, Types.LONG)
                .window(TumblingEventTimeWindows.of(Duration.ofSeconds(10)))
                .apply(new Joins.NewSellers(), TypeInformation.of(NewSeller.class))
                .sinkTo(new CountSink<>(s -> of(s.id, s.name.length(), s.start)));
    }

    private void q11() {
        DataStream<Long> bidders = from(source(), (e, out) -> {
            if (e instanceof Bid bid) out.collect(bid.bidder);
        }, Types.LONG);
        bidders.keyBy(b -> b, Types.LONG).window(EventTimeSessionWindows.withGap(Duration.ofSeconds(10)))
                .aggregate(new Windows.Count(), new Windows.WithWindow()).returns(KeyCount.class)
                .sinkTo(new CountSink<>(k -> of(k.key, k.count, k.start, k.end)));
    }

    private void q17() {
        DataStream<PriceOnDay> prices = from((e, out) -> {
            if (e instanceof Bid bid) out.collect(new PriceOnDay(bid));
        }, PriceOnDay.class);
        prices.keyBy(p -> p.auction << 20 | p.day, Types.LONG).process(new Updates.StatsOfDay()).returns(DayStats.class)
                .sinkTo(new CountSink<>(s -> of(s.auction, "2023-11-15".length(), s.bids, s.low, s.middle, s.high, s.least, s.most,
                        s.sum / s.bids, s.sum), s -> s.auction << 20 | s.day));
    }

    private void q20() {
        DataStream<Event> source = source();
        DataStream<Bid> bids = from(source, (e, out) -> {
            if (e instanceof Bid bid) out.collect(bid);
        }, TypeInformation.of(Bid.class));
        DataStream<Auction> auctions = from(source, (e, out) -> {
            if (e instanceof Auction a && a.category == 10) out.collect(a);
        }, TypeInformation.of(Auction.class));
        bids.keyBy(b -> b.auction, Types.LONG).connect(auctions.keyBy(a -> a.id, Types.LONG)).process(new Joins.WithAuction())
                .returns(BidOnAuction.class)
                .sinkTo(new CountSink<>(StreamQueries::onAuction));
    }

    private void r1() {
        DataStream<BidderBid> bids = from((e, out) -> {
            if (e instanceof Bid bid) out.collect(new BidderBid(bid));
        }, BidderBid.class);
        bids.keyBy(b -> b.bidder, Types.LONG).window(SlidingEventTimeWindows.of(Duration.ofMinutes(30), Duration.ofMinutes(1)))
                .aggregate(new Windows.Recent(), new Windows.RecentOfUser()).returns(RecentPast.class)
                .sinkTo(new CountSink<>(r -> {
                    int h = RowHash.fold(RowHash.fold(RowHash.fold(RowHash.fold(RowHash.SEED, r.bidder), r.end), r.count), r.sum);
                    for (long auction : r.auctions) h = RowHash.fold(h, auction);
                    return Tables.mix(h);
                }));
    }

    // Rows.

    private static Bid inEuros(Bid bid) {
        bid.price *= 908;
        return bid;
    }

    private static int bought(Bid b) {
        return of(b.auction, b.bidder, b.price, b.dateTime, b.extra.length());
    }

    private static Long bidderAndAuction(Bid b) {
        return b.bidder << 32 | b.auction;
    }

    private static int whole(Bid b) {
        return of(b.auction, b.bidder, b.price, b.channel.length(), b.url.length(), b.dateTime, b.extra.length());
    }

    private static int ranked(Ranked r) {
        Bid b = r.bid;
        return of(b.auction, b.bidder, b.price, b.channel.length(), b.url.length(), b.dateTime, b.extra.length(), r.rank);
    }

    private static int onAuction(BidOnAuction row) {
        Bid b = row.bid;
        Auction a = row.auction;
        return of(b.auction, b.bidder, b.price, b.channel.length(), b.url.length(), b.dateTime, b.extra.length(), a.itemName.length(),
                a.description.length(), a.initialBid, a.reserve, a.dateTime, a.expires, a.seller, a.category, a.extra.length());
    }

    public static final class Directories {
        public long auction, bidder, price;
        public String channel, first, second, third;

        public Directories() {}

        static void split(Bid b, Collector<Directories> out) {
            String[] parts = b.url.split("/", 7);
            Directories row = new Directories();
            row.auction = b.auction;
            row.bidder = b.bidder;
            row.price = b.price;
            row.channel = b.channel;
            row.first = parts[3];
            row.second = parts[4];
            row.third = parts[5];
            out.collect(row);
        }

        static int hash(Directories d) {
            return of(d.auction, d.bidder, d.price, d.channel.length(), d.first.length(), d.second.length(), d.third.length());
        }
    }
}
