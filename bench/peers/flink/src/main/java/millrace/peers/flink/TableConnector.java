package millrace.peers.flink;

import static millrace.peers.nexmark.Tables.STEP;
import static millrace.peers.nexmark.Tables.mix;

import java.util.Arrays;
import java.util.Set;
import millrace.peers.nexmark.Generator;
import millrace.peers.nexmark.RowHash;
import millrace.peers.nexmark.Tables;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;

/** Tables with 'connector' = 'nexmark': the events to read from, the counter to write to. */
public final class TableConnector implements DynamicTableSourceFactory, DynamicTableSinkFactory {
    private static final ConfigOption<Integer> EVENTS = ConfigOptions.key("events").intType().defaultValue(0);
    private static final ConfigOption<Long> INTERVAL_US = ConfigOptions.key("interval-us").longType().defaultValue(100L);

    static final String COLUMNS = """
            kind INT, `dateTime` TIMESTAMP(3),
            person ROW<id BIGINT, name STRING, email STRING, creditCard STRING, city STRING, state STRING, extra STRING>,
            auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, expires TIMESTAMP(3),
                seller BIGINT, category BIGINT, extra STRING>,
            bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, extra STRING>,
            WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '0.001' SECOND""";

    @Override
    public String factoryIdentifier() {
        return "nexmark";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of(EVENTS, INTERVAL_US);
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        ReadableConfig options = FactoryUtil.createTableFactoryHelper(this, context).getOptions();
        return new Events(options.get(EVENTS), options.get(INTERVAL_US), (RowType) context.getPhysicalRowDataType().getLogicalType());
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        return new Counter((RowType) context.getPhysicalRowDataType().getLogicalType());
    }

    private record Events(int events, long intervalUs, RowType type) implements ScanTableSource {
        @Override
        public ChangelogMode getChangelogMode() {
            return ChangelogMode.insertOnly();
        }

        @Override
        public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
            return new DataStreamScanProvider() {
                @Override
                public DataStream<RowData> produceDataStream(ProviderContext provider, StreamExecutionEnvironment env) {
                    return env.fromSource(new GeneratorSource<>(events, intervalUs, Rows::eventAt, InternalTypeInfo.of(type)),
                            WatermarkStrategy.noWatermarks(), "nexmark");
                }

                @Override
                public boolean isBounded() {
                    return true;
                }
            };
        }

        @Override
        public DynamicTableSource copy() {
            return this;
        }

        @Override
        public String asSummaryString() {
            return "nexmark events";
        }
    }

    private record Counter(RowType type) implements DynamicTableSink {
        /** What a row replaces is not asked for, as a store of rows by key would not; but for the final table it has to be taken away. */
        @Override
        public ChangelogMode getChangelogMode(ChangelogMode requested) {
            if (CountSink.finalRows) return requested;
            ChangelogMode.Builder kept = ChangelogMode.newBuilder();
            for (RowKind kind : requested.getContainedKinds()) if (kind != RowKind.UPDATE_BEFORE) kept.addContainedKind(kind);
            return kept.build();
        }

        @Override
        public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
            LogicalType[] types = type.getChildren().toArray(LogicalType[]::new);
            return SinkV2Provider.of(new CountSink<>(row -> Rows.hash(row, types)));
        }

        @Override
        public DynamicTableSink copy() {
            return this;
        }

        @Override
        public String asSummaryString() {
            return "counter";
        }
    }

    /** Events in the form that the table runtime works on, texts encoded once; and the hash of its rows. */
    private static final class Rows {
        private static final StringData[] EXTRAS = encoded(Tables.EXTRAS), NAMES = encoded(Tables.NAMES), EMAILS = encoded(Tables.EMAILS),
                CARDS = encoded(Tables.CARDS), ITEMS = encoded(Tables.ITEMS), DESCRIPTIONS = encoded(Tables.DESCRIPTIONS),
                CHANNELS = encoded(Tables.CHANNELS), URLS = encoded(Tables.URLS), CITIES = encoded(Tables.CITIES),
                STATES = encoded(Tables.STATES);

        private static StringData[] encoded(String[] texts) {
            return Arrays.stream(texts).map(BinaryStringData::fromString).peek(BinaryStringData::ensureMaterialized).toArray(StringData[]::new);
        }

        /** Generator.eventAt, without the detour over its objects. */
        static RowData eventAt(int i, long intervalUs) {
            int epoch = i / Generator.ROUND, place = i % Generator.ROUND;
            long time = Generator.timeOf(i, intervalUs);
            TimestampData timestamp = TimestampData.fromEpochMillis(time);
            int a = mix(i + STEP), b = mix(a + STEP), c = mix(b + STEP);
            if (place > 3) {
                int channel = Generator.channelOf(b);
                return GenericRowData.of(2, timestamp, null, null,
                        GenericRowData.of((long) Generator.auctionOf(epoch, a), (long) Generator.bidderOf(epoch, a, b),
                                (long) Generator.priceOf(c), CHANNELS[channel], URLS[channel], EXTRAS[Generator.extraOf(a)]));
            }
            if (place == 0) {
                return GenericRowData.of(0, timestamp,
                        GenericRowData.of(Generator.personOf(epoch), NAMES[Generator.ofThousand(a & 0xFFFF)],
                                EMAILS[Generator.ofThousand(b & 0xFFFF)], CARDS[Generator.ofThousand(c & 0xFFFF)],
                                CITIES[(b >>> 16) * 10 >>> 16], STATES[(a >>> 16) * 6 >>> 16], EXTRAS[Generator.ofThousand(c >>> 16)]),
                        null, null);
            }
            int d = mix(c + STEP), e = mix(d + STEP);
            long initialBid = Generator.priceOf(b), id = epoch * 3L + place - 1 + Generator.personOf(0);
            return GenericRowData.of(1, timestamp, null,
                    GenericRowData.of(id, ITEMS[Generator.ofThousand(d & 0xFFFF)], DESCRIPTIONS[Generator.ofThousand(d >>> 16)], initialBid,
                            initialBid + Generator.priceOf(c), TimestampData.fromEpochMillis(time + Generator.lifeOf(e, intervalUs)),
                            (long) Generator.sellerOf(epoch, a), (long) Generator.categoryOf(a), EXTRAS[Generator.ofThousand(e & 0xFFFF)]),
                    null);
        }

        /** Of a row that is taken away: what it counted for, negated. */
        static int hash(RowData row, LogicalType[] types) {
            int h = RowHash.SEED;
            for (int i = 0; i < types.length; i++) {
                LogicalType type = types[i];
                switch (type.getTypeRoot()) {
                    case INTEGER -> h = RowHash.fold(h, row.getInt(i));
                    case BIGINT -> h = RowHash.fold(h, row.getLong(i));
                    case DECIMAL -> {
                        DecimalType decimal = (DecimalType) type;
                        h = RowHash.fold(h, row.getDecimal(i, decimal.getPrecision(), decimal.getScale()).toUnscaledLong());
                    }
                    case TIMESTAMP_WITHOUT_TIME_ZONE -> h = RowHash.fold(h, row.getTimestamp(i, 3).getMillisecond());
                    case CHAR, VARCHAR -> h = RowHash.fold(h, ((BinaryStringData) row.getString(i)).getSizeInBytes());
                    case ARRAY -> {
                        for (long element : row.getArray(i).toLongArray()) h = RowHash.fold(h, element);
                    }
                    default -> throw new IllegalStateException("no hash for a column of type " + type);
                }
            }
            RowKind kind = row.getRowKind();
            return kind == RowKind.DELETE || kind == RowKind.UPDATE_BEFORE ? -Tables.mix(h) : Tables.mix(h);
        }
    }
}
