package millrace.peers.nexmark;

import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Prices and texts that events are put together from, and the hash that chooses among them: as in bench/nexmark/tables.ts. */
public final class Tables {
    /** Keeps the random numbers of an event apart. */
    public static final int STEP = 0x9E3779B9;

    /** From 100 to 100,000,000, evenly on a logarithmic scale. */
    static final int[] PRICES = IntStream.rangeClosed(0, 1_024).map(k -> (int) Math.round(100 * Math.pow(10, 6.0 * k / 1_024))).toArray();

    public static final String[] EXTRAS = table(1_000, k -> text(1, k, 32));
    public static final String[] NAMES = table(1_000, k -> text(2, k, 6) + " " + text(3, k, 8));
    public static final String[] EMAILS = table(1_000, k -> text(4, k, 8) + "@" + text(5, k, 6) + ".com");
    public static final String[] CARDS =
            table(1_000, k -> digits(k, 0) + " " + digits(k, 4) + " " + digits(k, 8) + " " + digits(k, 12));
    public static final String[] ITEMS = table(1_000, k -> text(7, k, 12));
    public static final String[] DESCRIPTIONS = table(1_000, k -> text(8, k, 40));
    public static final String[] CITIES = {"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle",
        "Kent", "Cheyenne"};
    public static final String[] STATES = {"AZ", "CA", "ID", "OR", "WA", "WY"};

    private static final String[] HOT_CHANNELS = {"Google", "Facebook", "Baidu", "Apple"};
    /** A thousand rare ones, then the four that half of the bids come through. */
    public static final String[] CHANNELS = table(1_004, k -> k < 1_000 ? "channel-" + k : HOT_CHANNELS[k - 1_000]);
    public static final String[] URLS = table(1_004, k -> "https://www.nexmark.com/" + text(9, k, 5) + "/" + text(10, k, 5) + "/"
            + text(11, k, 5) + "/item.htm?query=1" + (k % 10 == 0 ? "" : "&channel_id=" + k));

    /** The last step of MurmurHash3. */
    public static int mix(int x) {
        x ^= x >>> 16;
        x *= 0x85EBCA6B;
        x ^= x >>> 13;
        x *= 0xC2B2AE35;
        return x ^ x >>> 16;
    }

    private static String[] table(int length, IntFunction<String> entry) {
        return IntStream.range(0, length).mapToObj(entry).toArray(String[]::new);
    }

    private static String text(int salt, int k, int length) {
        return symbols(salt, k, 0, length, 'a', 26);
    }

    private static String digits(int k, int from) {
        return symbols(6, k, from, 4, '0', 10);
    }

    private static String symbols(int salt, int k, int from, int length, char first, int count) {
        StringBuilder text = new StringBuilder(length);
        for (int j = from; j < from + length; j++) {
            text.append((char) (first + Integer.remainderUnsigned(mix((salt * 2_000 + k) * 64 + j), count)));
        }
        return text.toString();
    }

    private Tables() {}
}
