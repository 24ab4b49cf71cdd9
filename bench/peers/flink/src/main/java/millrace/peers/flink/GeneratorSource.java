package millrace.peers.flink;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import millrace.peers.nexmark.Generator;
import millrace.peers.nexmark.Tally;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Makes events in the source's own thread: subtask s of p those with numbers s, s + p, s + 2p … below `events`. */
final class GeneratorSource<T> implements Source<T, GeneratorSource.Share, Integer>, ResultTypeQueryable<T> {
    /** Events between two looks at the mailbox. */
    private static final int BATCH = 64;

    private final int events;
    private final long intervalUs;
    private final Generator.Maker<T> maker;
    private final TypeInformation<T> type;

    GeneratorSource(int events, long intervalUs, Generator.Maker<T> maker, TypeInformation<T> type) {
        this.events = events;
        this.intervalUs = intervalUs;
        this.maker = maker;
        this.type = type;
    }

    /** A subtask's events. */
    record Share(int subtask) implements SourceSplit {
        @Override
        public String splitId() {
            return Integer.toString(subtask);
        }
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public TypeInformation<T> getProducedType() {
        return type;
    }

    @Override
    public SourceReader<T, Share> createReader(SourceReaderContext context) {
        return new Reader(context);
    }

    @Override
    public SplitEnumerator<Share, Integer> createEnumerator(SplitEnumeratorContext<Share> context) {
        return new Shares(context);
    }

    @Override
    public SplitEnumerator<Share, Integer> restoreEnumerator(SplitEnumeratorContext<Share> context, Integer nothing) {
        return new Shares(context);
    }

    @Override
    public SimpleVersionedSerializer<Share> getSplitSerializer() {
        return new OneInt<>(Share::new, Share::subtask);
    }

    @Override
    public SimpleVersionedSerializer<Integer> getEnumeratorCheckpointSerializer() {
        return new OneInt<>(n -> n, n -> n);
    }

    private final class Reader implements SourceReader<T, Share> {
        private final SourceReaderContext context;
        private final CompletableFuture<Void> available = new CompletableFuture<>();
        private final int step;
        private int next = -1;

        Reader(SourceReaderContext context) {
            this.context = context;
            step = context.currentParallelism();
        }

        @Override
        public void start() {
            context.sendSplitRequest();
        }

        @Override
        public void addSplits(List<Share> shares) {
            next = shares.get(0).subtask();
            available.complete(null);
        }

        @Override
        public InputStatus pollNext(ReaderOutput<T> out) {
            if (next < 0) return InputStatus.NOTHING_AVAILABLE;
            Tally.begin();
            for (int n = 0; n < BATCH; n++, next += step) {
                if (next >= events) return InputStatus.END_OF_INPUT;
                T event = maker.make(next, intervalUs);
                if (event != null) out.collect(event, Generator.timeOf(next, intervalUs));
            }
            return InputStatus.MORE_AVAILABLE;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return available;
        }

        /** Nothing here is ever restored: runs are made without checkpoints. */
        @Override
        public List<Share> snapshotState(long checkpoint) {
            return List.of();
        }

        @Override
        public void notifyNoMoreSplits() {}

        @Override
        public void close() {}
    }

    private static final class Shares implements SplitEnumerator<Share, Integer> {
        private final SplitEnumeratorContext<Share> context;
        private final BitSet given = new BitSet();
        private final Deque<Share> returned = new ArrayDeque<>();

        Shares(SplitEnumeratorContext<Share> context) {
            this.context = context;
        }

        @Override
        public void handleSplitRequest(int subtask, String host) {
            if (!given.get(subtask)) {
                given.set(subtask);
                context.assignSplit(new Share(subtask), subtask);
            } else if (!returned.isEmpty()) {
                context.assignSplit(returned.pop(), subtask);
            }
        }

        @Override
        public void addSplitsBack(List<Share> shares, int subtask) {
            returned.addAll(shares);
        }

        @Override
        public void start() {}

        @Override
        public void addReader(int subtask) {}

        @Override
        public Integer snapshotState(long checkpoint) {
            return 0;
        }

        @Override
        public void close() {}
    }

    private record OneInt<S>(Function<Integer, S> from, ToIntFunction<S> to) implements SimpleVersionedSerializer<S> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(S value) {
            return ByteBuffer.allocate(Integer.BYTES).putInt(to.applyAsInt(value)).array();
        }

        @Override
        public S deserialize(int version, byte[] bytes) {
            return from.apply(ByteBuffer.wrap(bytes).getInt());
        }
    }
}
