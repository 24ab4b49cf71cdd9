package millrace.peers.jet;

import static com.hazelcast.jet.aggregate.AggregateOperations.counting;
import static com.hazelcast.jet.core.Edge.between;
import static com.hazelcast.jet.core.SlidingWindowPolicy.slidingWinPolicy;
import static com.hazelcast.jet.core.SlidingWindowPolicy.tumblingWinPolicy;

import com.hazelcast.function.FunctionEx;
import com.hazelcast.function.ToLongFunctionEx;
import com.hazelcast.jet.aggregate.AggregateOperation;
import com.hazelcast.jet.core.DAG;
import com.hazelcast.jet.core.Partitioner;
import com.hazelcast.jet.core.SlidingWindowPolicy;
import com.hazelcast.jet.core.TimestampKind;
import com.hazelcast.jet.core.Vertex;
import com.hazelcast.jet.core.processor.Processors;
import com.hazelcast.jet.datamodel.KeyedWindowResult;
import java.io.Serializable;
import java.util.List;
import millrace.peers.jet.Aggregates.BidderBid;
import millrace.peers.jet.Aggregates.Offer;
import millrace.peers.nexmark.Event.Bid;
import millrace.peers.nexmark.Generator;

/**
 * The queries in the core API: the source gives bids alone, or what the query reads of them, records travel without a wrapper, and windows
 * are aggregated in one stage.
 */
final class CoreQueries {
    private interface Projection<T> extends Serializable {
        T of(Bid bid);
    }

    private final DAG dag = new DAG();
    private final int parallelism, events;
    private final long intervalUs;

    CoreQueries(int parallelism, int events, long intervalUs) {
        this.parallelism = parallelism;
        this.events = events;
        this.intervalUs = intervalUs;
    }

    DAG define(String query) {
        switch (query) {
            case "q0" -> count(source(b -> b, 0), RowHashes::bought);
            case "q5" -> {
                Vertex counts = windows(source(b -> b, 2_000), CoreQueries::auctionOf, CoreQueries::timeOf,
                        slidingWinPolicy(10_000, 2_000), counting());
                count(ofAll(counts, k -> ((KeyedWindowResult<?, ?>) k).end() - 1, 2_000, Aggregates.most()), RowHashes::hottest);
            }
            case "q7" -> count(ofAll(source(Offer::new, 10_000), o -> ((Offer) o).dateTime, 10_000, Aggregates.highest()), RowHashes::highest);
            case "q11" -> count(sessions(source(b -> b, 1_000), b -> ((Bid) b).bidder, CoreQueries::timeOf, 10_000, counting()), RowHashes::session);
            case "k1" -> count(windows(source(b -> b, 1_000), CoreQueries::auctionOf, CoreQueries::timeOf, tumblingWinPolicy(1_000), counting()),
                    RowHashes::countOfSecond);
            case "r1" -> count(windows(source(BidderBid::new, 60_000), b -> ((BidderBid) b).bidder, b -> ((BidderBid) b).dateTime,
                    slidingWinPolicy(1_800_000, 60_000), Aggregates.recent()), RowHashes::recent);
            default -> throw new IllegalArgumentException("there is no core form of " + query);
        }
        return dag;
    }

    /** Tumbling windows over all keys, which is one key on one processor; a window's result goes out whole. */
    private <A, R> Vertex ofAll(Vertex from, ToLongFunctionEx<Object> time, long size, AggregateOperation<A, R> operation) {
        Vertex vertex = dag.newVertex("of all", Processors.<Integer, A, R, R>aggregateToSlidingWindowP(
                List.<FunctionEx<?, ? extends Integer>>of(k -> 0), List.<ToLongFunctionEx<?>>of(time), TimestampKind.EVENT,
                tumblingWinPolicy(size), 0, operation, (start, end, key, result, early) -> result)).localParallelism(1);
        dag.edge(between(from, vertex).allToOne(0));
        return vertex;
    }

    private static long auctionOf(Object bid) {
        return ((Bid) bid).auction;
    }

    private static long timeOf(Object bid) {
        return ((Bid) bid).dateTime;
    }

    private <T> Vertex source(Projection<T> projection, long stride) {
        Generator.Maker<T> maker = (i, us) -> Generator.eventAt(i, us) instanceof Bid bid ? projection.of(bid) : null;
        return dag.newVertex("nexmark", GeneratorSource.<T>supplier(parallelism, events, intervalUs, maker, null, stride))
                .localParallelism(parallelism);
    }

    private <A, R> Vertex windows(Vertex from, FunctionEx<Object, Long> key, ToLongFunctionEx<Object> time, SlidingWindowPolicy policy,
            AggregateOperation<A, R> operation) {
        Vertex vertex = dag.newVertex("windows", Processors.<Long, A, R, KeyedWindowResult<Long, R>>aggregateToSlidingWindowP(
                List.<FunctionEx<?, ? extends Long>>of(key), List.<ToLongFunctionEx<?>>of(time), TimestampKind.EVENT, policy, 0, operation,
                KeyedWindowResult::new)).localParallelism(parallelism);
        dag.edge(between(from, vertex).partitioned(key, Partitioner.HASH_CODE));
        return vertex;
    }

    private <A, R> Vertex sessions(Vertex from, FunctionEx<Object, Long> key, ToLongFunctionEx<Object> time, long gap,
            AggregateOperation<A, R> operation) {
        // Of other types than above, the reference to the constructor would be read back as the one above.
        Vertex vertex = dag.newVertex("sessions", Processors.<Long, A, R, KeyedWindowResult<Long, R>>aggregateToSessionWindowP(gap, 0,
                List.<ToLongFunctionEx<?>>of(time), List.<FunctionEx<?, ? extends Long>>of(key), operation, KeyedWindowResult::new))
                .localParallelism(parallelism);
        dag.edge(between(from, vertex).partitioned(key, Partitioner.HASH_CODE));
        return vertex;
    }

    private <T> void count(Vertex from, CountSink.Hash<T> hash) {
        Vertex sink = dag.newVertex("count", CountSink.supplier(hash)).localParallelism(from.getLocalParallelism());
        dag.edge(between(from, sink).isolated());
    }
}
