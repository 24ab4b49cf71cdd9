package millrace.peers.jet;

import com.hazelcast.jet.core.AbstractProcessor;
import com.hazelcast.jet.core.Inbox;
import com.hazelcast.jet.core.ProcessorMetaSupplier;
import com.hazelcast.jet.core.ProcessorSupplier;
import com.hazelcast.jet.pipeline.Sink;
import com.hazelcast.jet.pipeline.Sinks;
import java.io.Serializable;
import millrace.peers.nexmark.Tally;

/** Counts rows and adds up their hashes, and keeps none. */
final class CountSink<T> extends AbstractProcessor {
    interface Hash<T> extends Serializable {
        int of(T row);
    }

    private final Hash<T> hash;
    private long rows;
    private int checksum;

    private CountSink(Hash<T> hash) {
        this.hash = hash;
    }

    static <T> Sink<T> of(Hash<T> hash) {
        return Sinks.fromProcessor("count", supplier(hash));
    }

    static <T> ProcessorMetaSupplier supplier(Hash<T> hash) {
        return ProcessorMetaSupplier.of(ProcessorSupplier.of(() -> new CountSink<>(hash)));
    }

    @Override
    @SuppressWarnings("unchecked")
    public void process(int ordinal, Inbox inbox) {
        for (Object row; (row = inbox.poll()) != null; rows++) checksum += hash.of((T) row);
    }

    @Override
    public boolean complete() {
        Tally.add(rows, checksum);
        return true;
    }
}
