package millrace.peers.jet;

import static com.hazelcast.jet.aggregate.AggregateOperations.counting;
import static com.hazelcast.jet.pipeline.WindowDefinition.session;
import static com.hazelcast.jet.pipeline.WindowDefinition.sliding;
import static com.hazelcast.jet.pipeline.WindowDefinition.tumbling;

import com.hazelcast.jet.Traversers;
import com.hazelcast.jet.pipeline.Pipeline;
import com.hazelcast.jet.pipeline.StreamSourceStage;
import com.hazelcast.jet.pipeline.StreamStage;
import java.io.Serializable;
import java.util.Arrays;
import millrace.peers.jet.Aggregates.BidderBid;
import millrace.peers.jet.Aggregates.Offer;
import millrace.peers.nexmark.Event;
import millrace.peers.nexmark.Event.Bid;
import millrace.peers.nexmark.Generator;
import millrace.peers.nexmark.RowHash;

/** The queries in the pipeline API: the source makes whole events, a stage behind it takes what the query reads. */
final class PipelineQueries {
    private interface Projection<T> extends Serializable {
        T of(Bid bid);
    }

    private final Pipeline pipeline = Pipeline.create();
    private final int parallelism, events;
    private final long intervalUs;

    PipelineQueries(int parallelism, int events, long intervalUs) {
        this.parallelism = parallelism;
        this.events = events;
        this.intervalUs = intervalUs;
    }

    Pipeline define(String query) {
        switch (query) {
            case "q0" -> counted(bids(b -> b, false), RowHashes::bought);
            case "q5" -> {
                var counts = bids(b -> b.auction, true).groupingKey(a -> a).window(sliding(10_000, 2_000)).aggregate(counting())
                        .setLocalParallelism(parallelism);
                var hottest = counts.window(tumbling(2_000)).aggregate(Aggregates.most()).setLocalParallelism(parallelism);
                counted(hottest.flatMap(w -> {
                    long count = w.result().count;
                    return Traversers.traverseStream(Arrays.stream(w.result().auctions).mapToObj(auction -> new long[] {auction, count}));
                }).setLocalParallelism(parallelism), RowHash::of);
            }
            case "q7" -> {
                var highest = bids(Offer::new, true).window(tumbling(10_000)).aggregate(Aggregates.highest()).setLocalParallelism(parallelism);
                counted(highest.flatMap(w -> Traversers.traverseArray(w.result().offers)).setLocalParallelism(parallelism),
                        RowHashes::offer);
            }
            case "q11" -> counted(bids(b -> b.bidder, true).groupingKey(b -> b).window(session(10_000)).aggregate(counting())
                    .setLocalParallelism(parallelism), RowHashes::session);
            case "k1" -> counted(bids(b -> b.auction, true).groupingKey(a -> a).window(tumbling(1_000)).aggregate(counting())
                    .setLocalParallelism(parallelism), RowHashes::countOfSecond);
            case "r1" -> counted(bids(BidderBid::new, true).groupingKey(b -> b.bidder).window(sliding(1_800_000, 60_000))
                    .aggregate(Aggregates.recent()).setLocalParallelism(parallelism), RowHashes::recent);
            default -> throw new IllegalArgumentException("there is no pipeline form of " + query);
        }
        return pipeline;
    }

    private <T> StreamStage<T> bids(Projection<T> projection, boolean timed) {
        StreamSourceStage<Event> source = pipeline.readFrom(GeneratorSource.of(parallelism, events, intervalUs, Generator::eventAt));
        StreamStage<Event> stage = timed ? source.withNativeTimestamps(0) : source.withoutTimestamps();
        return stage.setLocalParallelism(parallelism)
                .map(e -> e instanceof Bid bid ? projection.of(bid) : null)
                .setLocalParallelism(parallelism);
    }

    private <T> void counted(StreamStage<T> rows, CountSink.Hash<T> hash) {
        rows.writeTo(CountSink.of(hash)).setLocalParallelism(parallelism);
    }
}
