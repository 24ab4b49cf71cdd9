package millrace.peers.flink;

import millrace.peers.nexmark.Event.Auction;
import millrace.peers.nexmark.Event.Bid;
import millrace.peers.nexmark.Event.Person;
import millrace.peers.nexmark.Generator;
import org.apache.flink.api.common.functions.CoGroupFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;

/** Joins of q3, q8 and q20. Each keeps the side that is unique by key, and of the other side what came too early. */
final class Joins {
    public static final class PersonPlace {
        public long id;
        public String name, city, state;

        public PersonPlace() {}

        PersonPlace(Person p) {
            id = p.id;
            name = p.name;
            city = p.city;
            state = p.state;
        }
    }

    public static final class Sale {
        public long auction, seller;

        public Sale() {}

        Sale(Auction a) {
            auction = a.id;
            seller = a.seller;
        }
    }

    public static final class Seller {
        public String name, city, state;
        public long auction;

        public Seller() {}

        Seller(PersonPlace p, long auction) {
            name = p.name;
            city = p.city;
            state = p.state;
            this.auction = auction;
        }
    }

    public static final class Sellers extends KeyedCoProcessFunction<Long, Sale, PersonPlace, Seller> {
        private transient ValueState<PersonPlace> person;
        private transient ListState<Long> early;

        @Override
        public void open(OpenContext context) {
            person = getRuntimeContext().getState(new ValueStateDescriptor<>("person", PersonPlace.class));
            early = getRuntimeContext().getListState(new ListStateDescriptor<>("early", Types.LONG));
        }

        @Override
        public void processElement1(Sale sale, Context context, Collector<Seller> out) throws Exception {
            PersonPlace found = person.value();
            if (found == null) early.add(sale.auction);
            else out.collect(new Seller(found, sale.auction));
        }

        @Override
        public void processElement2(PersonPlace found, Context context, Collector<Seller> out) throws Exception {
            person.update(found);
            for (long auction : early.get()) out.collect(new Seller(found, auction));
            early.clear();
        }
    }

    public static final class NamedPerson {
        public long id;
        public String name;

        public NamedPerson() {}

        NamedPerson(Person p) {
            id = p.id;
            name = p.name;
        }
    }

    public static final class NewSeller {
        public long id, start;
        public String name;

        public NewSeller() {}

        NewSeller(NamedPerson p, long start) {
            id = p.id;
            name = p.name;
            this.start = start;
        }
    }

    /** A co-group is not told its window, so the start of it comes from the person's number: a round of events has one person. */
    public static final class NewSellers implements CoGroupFunction<NamedPerson, Long, NewSeller> {
        @Override
        public void coGroup(Iterable<NamedPerson> people, Iterable<Long> sales, Collector<NewSeller> out) {
            if (!sales.iterator().hasNext()) return;
            for (NamedPerson person : people) out.collect(new NewSeller(person, windowOf(person.id)));
        }

        private static long windowOf(long id) {
            long time = Generator.timeOf((int) (id - Generator.personOf(0)) * Generator.ROUND, 100);
            return time - time % 10_000;
        }
    }

    public static final class BidOnAuction {
        public Bid bid;
        public Auction auction;

        public BidOnAuction() {}

        BidOnAuction(Bid bid, Auction auction) {
            this.bid = bid;
            this.auction = auction;
        }
    }

    public static final class WithAuction extends KeyedCoProcessFunction<Long, Bid, Auction, BidOnAuction> {
        private transient ValueState<Auction> auction;
        private transient ListState<Bid> early;

        @Override
        public void open(OpenContext context) {
            auction = getRuntimeContext().getState(new ValueStateDescriptor<>("auction", Auction.class));
            early = getRuntimeContext().getListState(new ListStateDescriptor<>("early", Bid.class));
        }

        @Override
        public void processElement1(Bid bid, Context context, Collector<BidOnAuction> out) throws Exception {
            Auction found = auction.value();
            if (found == null) early.add(bid);
            else out.collect(new BidOnAuction(bid, found));
        }

        @Override
        public void processElement2(Auction found, Context context, Collector<BidOnAuction> out) throws Exception {
            auction.update(found);
            for (Bid bid : early.get()) out.collect(new BidOnAuction(bid, found));
            early.clear();
        }
    }

    private Joins() {}
}
