package io.partita.crds;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Where a partition is kept: in one PartitionSet, for as long as its topic lives. Written into the status of its Topic, which gives each partition one place whoever writes, before there is
 * anything in that place. As text {@code SET BROKER,BROKER…}.
 *
 * @param set name of the set within its cluster
 * @param replicas the brokers that the partition begins on, the preferred leader first
 */
public record Placed(String set, List<Integer> replicas) {

    public Placed {
        replicas = List.copyOf(replicas);
    }

    public String text() {
        return set + " " + replicas.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private static final Pattern TEXT = Pattern.compile("[0-9]{1,9}-[0-9]{1,9} [0-9]{1,9}(,[0-9]{1,9})*");

    /** What {@link #text} has written, {@code null} when it is something else. */
    public static Placed read(String text) {
        if (text == null || !TEXT.matcher(text).matches()) {
            return null;
        }
        int space = text.indexOf(' ');
        List<Integer> replicas = new ArrayList<>();
        for (String broker : text.substring(space + 1).split(",")) {
            replicas.add(Integer.valueOf(broker));
        }
        return replicas.stream().distinct().count() == replicas.size() ? new Placed(text.substring(0, space), replicas) : null;
    }

    /** All of them, {@code null} when one cannot be read. */
    public static List<Placed> read(List<String> texts) {
        List<Placed> places = new ArrayList<>();
        for (String text : texts) {
            Placed place = read(text);
            if (place == null) {
                return null;
            }
            places.add(place);
        }
        return places;
    }

    /** As the status of a Topic has them. */
    public static List<String> texts(List<Placed> places) {
        return places.stream().map(Placed::text).toList();
    }
}
