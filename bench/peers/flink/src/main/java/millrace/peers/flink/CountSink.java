package millrace.peers.flink;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import millrace.peers.nexmark.Tally;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Counts rows and adds up their hashes, and keeps none; or, where asked, keeps for each key what the last row of it counts for. */
final class CountSink<T> implements Sink<T> {
    interface Hash<T> extends Serializable {
        int of(T row);
    }

    /** Which row a row replaces. */
    interface Key<T> extends Serializable {
        Object of(T row);
    }

    static volatile boolean finalRows;

    private final Hash<T> hash;
    private final Key<T> key;

    CountSink(Hash<T> hash) {
        this(hash, null);
    }

    CountSink(Hash<T> hash, Key<T> key) {
        this.hash = hash;
        this.key = key;
    }

    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) {
        return new Writer(finalRows && key != null ? new HashMap<>() : null);
    }

    private final class Writer implements SinkWriter<T> {
        private final Map<Object, Integer> table;
        private long rows;
        private int checksum;

        Writer(Map<Object, Integer> table) {
            this.table = table;
        }

        @Override
        public void write(T row, Context context) {
            int hashed = hash.of(row);
            Integer replaced = table == null ? null : table.put(key.of(row), hashed);
            checksum += hashed;
            if (replaced == null) rows++;
            else checksum -= replaced;
        }

        @Override
        public void flush(boolean endOfInput) {}

        @Override
        public void close() {
            Tally.add(rows, checksum);
        }
    }
}
