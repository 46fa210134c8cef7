package io.partita.cli.command;

import io.partita.broker.protocol.message.ListGroupsResponse.ListedGroup;
import io.partita.cli.client.Cluster;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "list", mixinStandardHelpOptions = true, sortOptions = false, aliases = "ls", description = "Lists the groups, and how far they are behind.")
final class GroupList extends ClusterCommand {

    @Parameters(paramLabel = "TEXT", arity = "0..1", description = "Only those with this in their names.")
    String text = "";

    @Option(names = "--no-lag", description = "Does not ask for lag, which takes requests for each group.")
    boolean withoutLag;

    private record Row(ListedGroup group, Integer topics, Long lag) {}

    GroupList(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        Groups groups = new Groups(cluster);
        Map<String, Row> rows = new TreeMap<>();
        for (ListedGroup group : groups.list()) {
            if (group.groupId.contains(text)) {
                List<GroupLag> lag = withoutLag || !Groups.hasOffsets(group) && !Groups.isShare(group) ? null : groups.lag(group);
                rows.put(group.groupId, lag == null
                        ? new Row(group, null, null)
                        : new Row(group, (int) lag.stream().map(one -> one.partition().topic()).distinct().count(),
                                lag.stream().filter(one -> one.lag() != null).mapToLong(GroupLag::lag).sum()));
            }
        }
        Table<Row> table = new Table<Row>()
                .column("group", row -> row.group.groupId)
                .column("state", row -> row.group.groupState)
                .column("type", row -> row.group.groupType.isEmpty() ? null : row.group.groupType)
                .wide("protocol", row -> row.group.protocolType)
                .column("topics", Row::topics)
                .column("lag", Row::lag);
        output.rows(table, rows.values().stream().sorted(Comparator.comparing(row -> row.group.groupId)).toList(), text.isEmpty()
                ? "There is no group."
                : "No group has '" + text + "' in its name.");
    }
}
