package millrace.peers.nexmark;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.Map;

/** Runs a query as often as it is asked to: a line of input is a number of events, the line that answers it says how the run went. */
public final class Server {
    public interface Run {
        void of(int events) throws Exception;
    }

    /** Returns when the input has ended. */
    public static void serve(Run run) throws Exception {
        BufferedReader asked = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = asked.readLine()) != null; ) {
            int events = Integer.parseInt(line.trim());
            System.gc();
            Tally.reset();
            run.of(events);
            System.out.println(Tally.line(events));
        }
    }

    public interface Program {
        void run() throws Exception;
    }

    /** Runs a program and ends the process with it, also where it fails: an engine's threads would hold on to the process for ever. */
    public static void toTheEnd(Program program) {
        int code = 1;
        try {
            program.run();
            code = 0;
        } catch (Throwable failure) {
            failure.printStackTrace();
        }
        System.exit(code);
    }

    /** `--name value` pairs. */
    public static Map<String, String> options(String[] args) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < args.length; i += 2) options.put(args[i].substring(2), args[i + 1]);
        return options;
    }

    /** Microseconds of event time between the events of a query. */
    public static long intervalUsOf(String query) {
        return query.startsWith("r1") ? 100_000 : 100;
    }

    private Server() {}
}
