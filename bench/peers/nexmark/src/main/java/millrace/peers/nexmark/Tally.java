package millrace.peers.nexmark;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What one run gave and took: rows and the sum of their hashes, and the time from the first event that was made until the last sink had its
 * last row. What an engine does to end a job comes after that, and is told apart.
 */
public final class Tally {
    private static final AtomicBoolean BEGUN = new AtomicBoolean();
    private static volatile long beganNs, beganCpuNs, beganGcMs;
    private static long endedNs, endedCpuNs, endedGcMs;
    private static long rows;
    private static int checksum;

    /** Before a run. */
    public static synchronized void reset() {
        rows = 0;
        checksum = 0;
        BEGUN.set(false);
    }

    /** Called by every source before its first event; the first of them starts the clocks. */
    public static void begin() {
        if (!BEGUN.compareAndSet(false, true)) return;
        beganCpuNs = cpuNs();
        beganGcMs = gcMs();
        beganNs = System.nanoTime();
    }

    /** Called by every sink when it has seen its last row; the last of them stops the clocks. */
    public static synchronized void add(long count, int sum) {
        endedNs = System.nanoTime();
        endedCpuNs = cpuNs();
        endedGcMs = gcMs();
        rows += count;
        checksum += sum;
    }

    /** After a run: a line for the one who asked for it. */
    public static synchronized String line(int events) {
        double jobSeconds = (System.nanoTime() - beganNs) * 1e-9;
        return String.format(Locale.ROOT,
                "{\"events\":%d,\"seconds\":%.4f,\"cpuSeconds\":%.4f,\"gcSeconds\":%.3f,\"jobSeconds\":%.4f,\"rows\":%d,\"checksum\":\"%08x\"}",
                events, (endedNs - beganNs) * 1e-9, (endedCpuNs - beganCpuNs) * 1e-9, (endedGcMs - beganGcMs) * 1e-3, jobSeconds, rows, checksum);
    }

    /** Of all threads of the process, those of compilers and collectors too. */
    private static long cpuNs() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static long gcMs() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream().mapToLong(GarbageCollectorMXBean::getCollectionTime).sum();
    }

    private Tally() {}
}
