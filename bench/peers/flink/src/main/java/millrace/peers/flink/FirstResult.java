package millrace.peers.flink;

import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A keyed job over three numbers that prints each as it comes. */
final class FirstResult {
    static void print() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        env.fromData(1L, 2L, 3L)
                .keyBy(n -> n, Types.LONG)
                .map(n -> {
                    System.out.println("out  " + 2 * n);
                    return n;
                })
                .returns(Types.LONG)
                .sinkTo(new CountSink<>(n -> 0));
        env.execute();
    }

    private FirstResult() {}
}
