package millrace.peers.flink;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableConfig;
import org.apache.flink.table.api.TableDescriptor;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.functions.AggregateFunction;

/** The queries in SQL, as the public Nexmark definitions have them, with small batches and aggregation in two phases turned on. */
final class TableQueries {
    private static final String[] VIEWS = {
        """
        CREATE TEMPORARY VIEW person AS
        SELECT person.id, person.name, person.city, person.state, `dateTime` FROM nexmark WHERE kind = 0""",
        """
        CREATE TEMPORARY VIEW auction AS
        SELECT auction.id, auction.itemName, auction.description, auction.initialBid, auction.reserve, `dateTime`, auction.expires,
            auction.seller, auction.category, auction.extra FROM nexmark WHERE kind = 1""",
        """
        CREATE TEMPORARY VIEW bid AS
        SELECT bid.auction, bid.bidder, bid.price, bid.channel, bid.url, `dateTime`, bid.extra FROM nexmark WHERE kind = 2""",
    };

    private static final Map<String, String> QUERIES = new HashMap<>();

    static {
        String tumble = "TABLE(TUMBLE(TABLE %s, DESCRIPTOR(`dateTime`), INTERVAL '%d' SECOND))";
        String hop = "TABLE(HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL %s, INTERVAL %s))";
        String bids = "auction, bidder, price, channel, url, `dateTime`, extra";

        QUERIES.put("q0", "SELECT auction, bidder, price, `dateTime`, extra FROM bid");
        QUERIES.put("q1", "SELECT auction, bidder, 0.908 * price AS price, `dateTime`, extra FROM bid");
        QUERIES.put("q2", "SELECT auction, price FROM bid WHERE MOD(auction, 123) = 0");
        QUERIES.put("q3", """
                SELECT P.name, P.city, P.state, A.id FROM auction A JOIN person P ON A.seller = P.id
                WHERE A.category = 10 AND P.state IN ('OR', 'ID', 'CA')""");
        String counts = "SELECT auction, COUNT(*) AS n, window_start, window_end FROM "
                + hop.formatted("'2' SECOND", "'10' SECOND") + " GROUP BY auction, window_start, window_end";
        QUERIES.put("q5", """
                SELECT C.auction, C.n FROM (%1$s) C
                JOIN (SELECT MAX(n) AS most, window_start, window_end FROM (%1$s) GROUP BY window_start, window_end) M
                ON C.window_start = M.window_start AND C.window_end = M.window_end AND C.n >= M.most""".formatted(counts));
        QUERIES.put("q7", """
                SELECT B.auction, B.price, B.bidder, B.`dateTime`, B.extra FROM (SELECT * FROM %1$s) B
                JOIN (SELECT MAX(price) AS highest, window_start, window_end FROM %1$s GROUP BY window_start, window_end) M
                ON B.price = M.highest AND B.window_start = M.window_start AND B.window_end = M.window_end"""
                .formatted(tumble.formatted("bid", 10)));
        QUERIES.put("q8", """
                SELECT P.id, P.name, P.window_start FROM
                (SELECT id, name, window_start, window_end FROM %s GROUP BY id, name, window_start, window_end) P
                JOIN (SELECT seller, window_start, window_end FROM %s GROUP BY seller, window_start, window_end) A
                ON P.id = A.seller AND P.window_start = A.window_start AND P.window_end = A.window_end"""
                .formatted(tumble.formatted("person", 10), tumble.formatted("auction", 10)));
        QUERIES.put("q11", """
                SELECT bidder, COUNT(*), window_start, window_end
                FROM TABLE(SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND))
                GROUP BY bidder, window_start, window_end""");
        QUERIES.put("q17", """
                SELECT auction, DATE_FORMAT(`dateTime`, 'yyyy-MM-dd'), COUNT(*), COUNT(*) FILTER (WHERE price < 10000),
                    COUNT(*) FILTER (WHERE price >= 10000 AND price < 1000000), COUNT(*) FILTER (WHERE price >= 1000000),
                    MIN(price), MAX(price), AVG(price), SUM(price)
                FROM bid GROUP BY auction, DATE_FORMAT(`dateTime`, 'yyyy-MM-dd')""");
        QUERIES.put("q18", """
                SELECT %1$s FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder, auction ORDER BY `dateTime` DESC) AS place FROM bid)
                WHERE place <= 1""".formatted(bids));
        QUERIES.put("q19", """
                SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC) AS place FROM bid)
                WHERE place <= 10""");
        QUERIES.put("q20", """
                SELECT B.auction, B.bidder, B.price, B.channel, B.url, B.`dateTime`, B.extra, A.itemName, A.description, A.initialBid,
                    A.reserve, A.`dateTime`, A.expires, A.seller, A.category, A.extra
                FROM bid B JOIN auction A ON B.auction = A.id WHERE A.category = 10""");
        QUERIES.put("q22", """
                SELECT auction, bidder, price, channel, SPLIT_INDEX(url, '/', 3), SPLIT_INDEX(url, '/', 4), SPLIT_INDEX(url, '/', 5)
                FROM bid""");
        QUERIES.put("k1", "SELECT auction, COUNT(*), window_start FROM " + tumble.formatted("bid", 1)
                + " GROUP BY auction, window_start, window_end");
        QUERIES.put("r1", "SELECT bidder, window_end, COUNT(*), SUM(price), LATEST_TEN(auction, `dateTime`) FROM "
                + hop.formatted("'1' MINUTE", "'30' MINUTE") + " GROUP BY bidder, window_start, window_end");
    }

    static void run(String query, StreamExecutionEnvironment env, int events, long intervalUs) throws Exception {
        String sql = QUERIES.get(query);
        if (sql == null) throw new IllegalArgumentException("there is no SQL form of " + query);
        StreamTableEnvironment tables = StreamTableEnvironment.create(env, EnvironmentSettings.inStreamingMode());
        TableConfig config = tables.getConfig();
        config.set("table.exec.mini-batch.enabled", "true");
        config.set("table.exec.mini-batch.allow-latency", "2 s");
        config.set("table.exec.mini-batch.size", "50000");
        config.set("table.optimizer.agg-phase-strategy", "TWO_PHASE");
        tables.createTemporarySystemFunction("LATEST_TEN", LatestTen.class);
        tables.executeSql("CREATE TEMPORARY TABLE nexmark (%s) WITH ('connector' = 'nexmark', 'events' = '%d', 'interval-us' = '%d')"
                .formatted(TableConnector.COLUMNS, events, intervalUs));
        for (String view : VIEWS) tables.executeSql(view);
        tables.sqlQuery(sql).insertInto(TableDescriptor.forConnector("nexmark").build()).execute().getJobClient().orElseThrow()
                .getJobExecutionResult().get();
    }

    /** The auctions of the latest ten rows, oldest first. */
    public static final class LatestTen extends AggregateFunction<long[], Windows.Past> {
        @Override
        public Windows.Past createAccumulator() {
            return new Windows.Past();
        }

        public void accumulate(Windows.Past past, Long auction,
                @DataTypeHint(value = "TIMESTAMP(3)", bridgedTo = TimestampData.class) TimestampData time) {
            past.put(auction, time.getMillisecond());
        }

        public void merge(Windows.Past past, Iterable<Windows.Past> others) {
            for (Windows.Past other : others) for (int i = 0; i < other.held; i++) past.put(other.auctions[i], other.times[i]);
        }

        @Override
        public long[] getValue(Windows.Past past) {
            return Arrays.copyOf(past.auctions, past.held);
        }
    }

    private TableQueries() {}
}
