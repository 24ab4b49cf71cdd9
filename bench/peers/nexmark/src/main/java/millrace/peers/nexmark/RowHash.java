package millrace.peers.nexmark;

/** The hash of a row, in 32 bits: its columns in order, texts by their length, times in milliseconds. As in bench/nexmark/query.ts. */
public final class RowHash {
    public static final int SEED = 17;

    public static int fold(int h, long column) {
        return (h * 31 + (int) column) * 31 + (int) (column >>> 32);
    }

    public static int of(long... columns) {
        int h = SEED;
        for (long column : columns) h = fold(h, column);
        return Tables.mix(h);
    }

    private RowHash() {}
}
