package millrace.peers.flink;

import java.util.Map;
import millrace.peers.nexmark.Server;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * One query in Flink's local cluster, in this process, as often as asked.
 *
 * <p>Options: --query; --form datastream or sql; --parallelism; --state hashmap or rocksdb; --final true to count the rows of the final
 * table where rows replace each other. `--start true` alone: the first result of a trivial job, then the end.
 */
public final class Main {
    public static void main(String[] args) {
        Server.toTheEnd(() -> run(Server.options(args)));
    }

    private static void run(Map<String, String> options) throws Exception {
        if (options.containsKey("start")) {
            FirstResult.print();
            return;
        }
        String query = options.get("query");
        boolean sql = options.getOrDefault("form", "datastream").equals("sql");
        int parallelism = Integer.parseInt(options.getOrDefault("parallelism", "1"));
        Configuration configuration = configuration(options.getOrDefault("state", "hashmap"), parallelism);
        CountSink.finalRows = Boolean.parseBoolean(options.getOrDefault("final", "false"));
        long intervalUs = Server.intervalUsOf(query);
        Server.serve(events -> {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
            if (sql) {
                TableQueries.run(query, env, events, intervalUs);
            } else {
                new StreamQueries(env, events, intervalUs).define(query);
                env.executeAsync(query).getJobExecutionResult().get();
            }
        });
    }

    /** What somebody who looks after speed would set. */
    private static Configuration configuration(String state, int parallelism) {
        Configuration configuration = new Configuration();
        configuration.setString("pipeline.object-reuse", "true");
        // Refuses types that would be written by reflection, which is slow.
        configuration.setString("pipeline.generic-types", "false");
        configuration.setString("state.backend.type", state);
        configuration.setString("taskmanager.memory.managed.size", "1g");
        configuration.setString("taskmanager.memory.network.min", "256m");
        configuration.setString("taskmanager.memory.network.max", "256m");
        configuration.setString("taskmanager.numberOfTaskSlots", Integer.toString(parallelism));
        configuration.setString("rest.bind-address", "127.0.0.1");
        return configuration;
    }

    private Main() {}
}
