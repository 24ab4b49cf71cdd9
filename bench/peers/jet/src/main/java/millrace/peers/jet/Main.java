package millrace.peers.jet;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import java.util.Map;
import millrace.peers.nexmark.Server;

/**
 * One query in an embedded member of Hazelcast, as often as asked.
 *
 * <p>Options: --query; --form pipeline or core; --parallelism, which is also the number of cooperative threads. `--start true` alone: the
 * first result of a trivial job, then the end.
 */
public final class Main {
    public static void main(String[] args) {
        Server.toTheEnd(() -> run(Server.options(args)));
    }

    private static void run(Map<String, String> options) throws Exception {
        int parallelism = Integer.parseInt(options.getOrDefault("parallelism", "1"));
        HazelcastInstance member = member(parallelism);
        if (options.containsKey("start")) {
            FirstResult.print(member);
            return;
        }
        String query = options.get("query");
        boolean core = options.getOrDefault("form", "pipeline").equals("core");
        long intervalUs = Server.intervalUsOf(query);
        Server.serve(events -> {
            if (core) member.getJet().newJob(new CoreQueries(parallelism, events, intervalUs).define(query)).join();
            else member.getJet().newJob(new PipelineQueries(parallelism, events, intervalUs).define(query)).join();
        });
        member.shutdown();
    }

    /** A member that looks for no others and calls nobody. */
    private static HazelcastInstance member(int threads) {
        Config config = new Config();
        config.setProperty("hazelcast.logging.type", "none");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.getJetConfig().setEnabled(true).setCooperativeThreadCount(threads);
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(false);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        return Hazelcast.newHazelcastInstance(config);
    }

    private Main() {}
}
