package millrace.peers.jet;

import com.hazelcast.function.FunctionEx;
import com.hazelcast.jet.core.AbstractProcessor;
import com.hazelcast.jet.core.EventTimePolicy;
import com.hazelcast.jet.core.ProcessorMetaSupplier;
import com.hazelcast.jet.core.ProcessorSupplier;
import com.hazelcast.jet.core.Watermark;
import com.hazelcast.jet.core.function.ObjLongBiFunction;
import com.hazelcast.jet.pipeline.Sources;
import com.hazelcast.jet.pipeline.StreamSource;
import millrace.peers.nexmark.Generator;
import millrace.peers.nexmark.Tally;

/**
 * Makes events on a cooperative thread: processor s of p those with numbers s, s + p, s + 2p … below `events`. A watermark goes out once a
 * stride, which is as often as the windows behind it can use one.
 */
final class GeneratorSource<T> extends AbstractProcessor {
    private final int events;
    private final long intervalUs;
    private final Generator.Maker<T> maker;
    /** Of the pipeline: what holds an event together with its time. Null: events go out as they are. */
    private final ObjLongBiFunction<? super T, ?> wrap;
    /** Milliseconds; 0: no watermarks. */
    private final long stride;
    private int next, step;
    private long nextWatermark = Long.MIN_VALUE;
    /** What did not fit into the outbox. */
    private Object pending;

    private GeneratorSource(int events, long intervalUs, Generator.Maker<T> maker, ObjLongBiFunction<? super T, ?> wrap, long stride) {
        this.events = events;
        this.intervalUs = intervalUs;
        this.maker = maker;
        this.wrap = wrap;
        this.stride = stride;
    }

    /** For the pipeline API. */
    static <T> StreamSource<T> of(int parallelism, int events, long intervalUs, Generator.Maker<T> maker) {
        FunctionEx<EventTimePolicy<? super T>, ProcessorMetaSupplier> byPolicy = policy -> {
            long frame = policy.watermarkThrottlingFrameSize();
            boolean timed = policy.newWmPolicyFn() != null && frame > 0 && frame < Long.MAX_VALUE;
            return supplier(parallelism, events, intervalUs, maker, policy.wrapFn(), timed ? frame : 0);
        };
        return Sources.streamFromProcessorWithWatermarks("nexmark", true, byPolicy);
    }

    /** For the core API. */
    static <T> ProcessorMetaSupplier supplier(int parallelism, int events, long intervalUs, Generator.Maker<T> maker,
            ObjLongBiFunction<? super T, ?> wrap, long stride) {
        return ProcessorMetaSupplier.of(parallelism,
                ProcessorSupplier.of(() -> new GeneratorSource<>(events, intervalUs, maker, wrap, stride)));
    }

    @Override
    protected void init(Context context) {
        next = context.globalProcessorIndex();
        step = context.totalParallelism();
    }

    @Override
    public boolean complete() {
        Tally.begin();
        for (;;) {
            if (pending == null) {
                if (next >= events) return true;
                pending = make();
                if (pending == null) continue;
            }
            if (!tryEmit(pending)) return false;
            pending = null;
        }
    }

    /** The watermark that is due, else the next event; null where the query does not want that one. */
    private Object make() {
        long time = Generator.timeOf(next, intervalUs);
        if (stride > 0 && time >= nextWatermark) {
            long begun = time - Math.floorMod(time, stride);
            nextWatermark = begun + stride;
            return new Watermark(begun);
        }
        T event = maker.make(next, intervalUs);
        next += step;
        return event == null || wrap == null ? event : wrap.apply(event, time);
    }
}
