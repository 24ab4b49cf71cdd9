package millrace.peers.nexmark;

import static millrace.peers.nexmark.Tables.STEP;
import static millrace.peers.nexmark.Tables.mix;

/** Event number i, from i alone, in arithmetic on 32-bit integers: the same events as those of bench/nexmark/events.ts. */
public final class Generator {
    /** 2023-11-15T00:00:00Z. */
    public static final long FIRST_TIME = 1_700_006_400_000L;
    public static final int ROUND = 50;
    private static final int FIRST_ID = 1_000;

    /** Makes an event; null where the query does not want it. */
    public interface Maker<T> extends java.io.Serializable {
        T make(int i, long intervalUs);
    }

    public static long timeOf(int i, long intervalUs) {
        return FIRST_TIME + i * intervalUs / 1_000;
    }

    public static Event eventAt(int i, long intervalUs) {
        int epoch = i / ROUND, place = i % ROUND;
        long time = timeOf(i, intervalUs);
        int a = mix(i + STEP), b = mix(a + STEP), c = mix(b + STEP);
        if (place > 3) {
            int channel = channelOf(b);
            return new Event.Bid(auctionOf(epoch, a), bidderOf(epoch, a, b), priceOf(c), Tables.CHANNELS[channel], Tables.URLS[channel], time,
                    Tables.EXTRAS[extraOf(a)]);
        }
        if (place == 0) {
            return new Event.Person(personOf(epoch), Tables.NAMES[ofThousand(a & 0xFFFF)], Tables.EMAILS[ofThousand(b & 0xFFFF)],
                    Tables.CARDS[ofThousand(c & 0xFFFF)], Tables.CITIES[(b >>> 16) * 10 >>> 16], Tables.STATES[(a >>> 16) * 6 >>> 16], time,
                    Tables.EXTRAS[ofThousand(c >>> 16)]);
        }
        int d = mix(c + STEP), e = mix(d + STEP), initialBid = priceOf(b);
        return new Event.Auction(epoch * 3 + place - 1 + FIRST_ID, Tables.ITEMS[ofThousand(d & 0xFFFF)],
                Tables.DESCRIPTIONS[ofThousand(d >>> 16)], initialBid, initialBid + priceOf(c), time, time + lifeOf(e, intervalUs),
                sellerOf(epoch, a), categoryOf(a), Tables.EXTRAS[ofThousand(e & 0xFFFF)]);
    }

    public static int priceOf(int h) {
        int k = h >>> 22, low = Tables.PRICES[k];
        return low + (int) ((long) (Tables.PRICES[k + 1] - low) * (h & 0x3FFFFF) >>> 22);
    }

    /** Half of the bids go to the hot auction of the last hundred. */
    public static int auctionOf(int epoch, int a) {
        int last = epoch * 3 + 2;
        if ((a & 1) != 0) return last / 100 * 100 + FIRST_ID;
        int oldest = Math.max(last - 100, 0);
        return oldest + ((a >>> 16) * (last - oldest + 11) >>> 16) + FIRST_ID;
    }

    /** Three of four bids come from the hot bidder. */
    public static int bidderOf(int epoch, int a, int b) {
        return (a >>> 1 & 3) != 0 ? epoch / 100 * 100 + 1 + FIRST_ID : anyPerson(epoch, b >>> 16);
    }

    public static int sellerOf(int epoch, int a) {
        return (a & 3) != 0 ? epoch / 100 * 100 + FIRST_ID : anyPerson(epoch, a >>> 16);
    }

    /** One of the thousand active people, or of ten who are still to come. */
    private static int anyPerson(int epoch, int bits) {
        int active = Math.min(epoch + 1, 1_000);
        return epoch + 1 - active + (bits * (active + 10) >>> 16) + FIRST_ID;
    }

    public static long personOf(int epoch) {
        return epoch + FIRST_ID;
    }

    public static int channelOf(int b) {
        return (b & 1) != 0 ? 1_000 + (b >>> 1 & 3) : (b >>> 3 & 0x1FFF) * 1_000 >>> 13;
    }

    public static int extraOf(int a) {
        return (a >>> 3 & 0x1FFF) * 1_000 >>> 13;
    }

    public static int categoryOf(int a) {
        return 10 + ((a >>> 2 & 0x3FFF) * 5 >>> 14);
    }

    /** How long an auction is open, in milliseconds. */
    public static long lifeOf(int e, long intervalUs) {
        return 1 + ((e >>> 16) * (2 * Math.max(1, 1_666 * intervalUs / 1_000)) >>> 16);
    }

    /** A place in a table of a thousand, from 16 random bits. */
    public static int ofThousand(int bits) {
        return bits * 1_000 >>> 16;
    }

    private Generator() {}
}
