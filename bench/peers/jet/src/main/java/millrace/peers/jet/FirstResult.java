package millrace.peers.jet;

import static com.hazelcast.jet.aggregate.AggregateOperations.counting;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.pipeline.Pipeline;
import com.hazelcast.jet.pipeline.Sinks;
import com.hazelcast.jet.pipeline.test.TestSources;

/** A grouped count of three numbers that prints each result as it comes. */
final class FirstResult {
    static void print(HazelcastInstance member) {
        Pipeline pipeline = Pipeline.create();
        pipeline.readFrom(TestSources.items(1L, 2L, 3L)).groupingKey(n -> n).aggregate(counting())
                .map(result -> {
                    System.out.println("out  " + 2 * result.getValue());
                    return result;
                })
                .writeTo(Sinks.noop());
        member.getJet().newJob(pipeline).join();
    }

    private FirstResult() {}
}
