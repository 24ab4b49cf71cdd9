package millrace.peers.nexmark;

/** What happens in the auction house. Public fields and empty constructors make the kinds POJOs to Flink. */
public class Event {
    /** Milliseconds since the epoch. */
    public long dateTime;

    public static class Person extends Event {
        public long id;
        public String name, email, creditCard, city, state, extra;

        public Person() {}

        Person(long id, String name, String email, String creditCard, String city, String state, long dateTime, String extra) {
            this.id = id;
            this.name = name;
            this.email = email;
            this.creditCard = creditCard;
            this.city = city;
            this.state = state;
            this.dateTime = dateTime;
            this.extra = extra;
        }
    }

    public static class Auction extends Event {
        public long id, initialBid, reserve, expires, seller, category;
        public String itemName, description, extra;

        public Auction() {}

        Auction(long id, String itemName, String description, long initialBid, long reserve, long dateTime, long expires, long seller,
                long category, String extra) {
            this.id = id;
            this.itemName = itemName;
            this.description = description;
            this.initialBid = initialBid;
            this.reserve = reserve;
            this.dateTime = dateTime;
            this.expires = expires;
            this.seller = seller;
            this.category = category;
            this.extra = extra;
        }
    }

    public static class Bid extends Event {
        public long auction, bidder, price;
        public String channel, url, extra;

        public Bid() {}

        Bid(long auction, long bidder, long price, String channel, String url, long dateTime, String extra) {
            this.auction = auction;
            this.bidder = bidder;
            this.price = price;
            this.channel = channel;
            this.url = url;
            this.dateTime = dateTime;
            this.extra = extra;
        }
    }
}
