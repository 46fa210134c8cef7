package io.partita.cli.command;

import io.partita.cli.client.Cluster;
import io.partita.cli.client.Sentences;
import io.partita.cli.command.DescribedGroup.Subtopology;
import io.partita.cli.output.Format;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "describe", mixinStandardHelpOptions = true, sortOptions = false, description = "Shows how far groups are in each partition, and who reads it.")
final class GroupDescribe extends ClusterCommand {

    @Parameters(paramLabel = "GROUP", arity = "1..*", description = "Groups.")
    List<String> names;

    @Option(names = {"-m", "--members"}, description = "Shows the members instead of the partitions.")
    boolean members;

    GroupDescribe(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        Groups groups = new Groups(cluster);
        Table<GroupLag> lagTable = new Table<GroupLag>()
                .column("topic", lag -> lag.partition().topic())
                .column("partition", lag -> lag.partition().partition())
                .column("committed", GroupLag::committed)
                .column("end", GroupLag::end)
                .column("lag", GroupLag::lag)
                .column("client", lag -> lag.of(GroupMember::clientId))
                .column("host", lag -> lag.of(GroupMember::host))
                .wide("member", lag -> lag.of(GroupMember::id))
                .wide("metadata", GroupLag::metadata);
        Table<GroupLag> standTable = new Table<GroupLag>()
                .column("topic", lag -> lag.partition().topic())
                .column("partition", lag -> lag.partition().partition())
                .column("start", GroupLag::committed)
                .column("end", GroupLag::end)
                .column("lag", GroupLag::lag)
                .column("client", lag -> lag.of(GroupMember::clientId))
                .column("host", lag -> lag.of(GroupMember::host))
                .wide("member", lag -> lag.of(GroupMember::id));
        Table<GroupMember> sharersTable = new Table<GroupMember>()
                .column("client", GroupMember::clientId)
                .column("host", GroupMember::host)
                .column("epoch", GroupMember::epoch)
                .column("partitions", member -> member.assigned().size())
                .column("subscribed", GroupMember::subscribed)
                .wide("assigned", member -> member.assigned().stream().map(TopicPartition::toString).toList())
                .wide("member", GroupMember::id);
        Table<Subtopology> partTable = new Table<Subtopology>()
                .column("subtopology", Subtopology::name)
                .column("sources", Subtopology::sources)
                .column("repartitionSinks", Subtopology::repartitionSinks)
                .column("changelogs", Subtopology::changelogs);
        Table<GroupMember> memberTable = new Table<GroupMember>()
                .column("client", GroupMember::clientId)
                .column("host", GroupMember::host)
                .column("instance", GroupMember::instanceId)
                .column("epoch", GroupMember::epoch)
                .column("partitions", member -> member.assigned().size())
                .wide("assigned", member -> member.assigned().stream().map(TopicPartition::toString).toList())
                .wide("member", GroupMember::id);
        Table<GroupMember> tasksTable = new Table<GroupMember>()
                .column("client", GroupMember::clientId)
                .column("host", GroupMember::host)
                .column("epoch", GroupMember::epoch)
                .column("topologyEpoch", member -> member.tasks().topologyEpoch())
                .column("active", member -> member.tasks().active())
                .column("standby", member -> member.tasks().standby())
                .column("warmup", member -> member.tasks().warmup())
                .wide("assigned", member -> member.assigned().stream().map(TopicPartition::toString).toList())
                .wide("process", member -> member.tasks().process())
                .wide("instance", GroupMember::instanceId)
                .wide("member", GroupMember::id);
        List<Object> all = new ArrayList<>();
        for (String name : names) {
            DescribedGroup group = groups.describe(name);
            Table<GroupMember> shownMembers = group.isStreams() ? tasksTable : group.isShare() ? sharersTable : memberTable;
            Table<GroupLag> shownLag = group.isShare() ? standTable : lagTable;
            List<GroupLag> lag = groups.lag(group);
            long behind = lag.stream().filter(one -> one.lag() != null).mapToLong(GroupLag::lag).sum();
            if (output.format().structured()) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("group", name);
                fields.put("state", group.state());
                fields.put("type", group.type());
                fields.put("assignor", group.assignor());
                fields.put("epoch", group.epoch());
                if (group.isStreams()) {
                    fields.put("topologyEpoch", group.topologyEpoch());
                    fields.put("subtopologies", partTable.structured(group.subtopologies()));
                }
                fields.put("coordinator", group.coordinator());
                fields.put("lag", behind);
                fields.put("partitions", shownLag.structured(lag));
                fields.put("members", shownMembers.structured(group.members()));
                all.add(fields);
                continue;
            }
            output.line(output.terminal().strong(name) + ": " + group.state() + ", " + Sentences.count(group.members().size(), "member") + ", lag "
                    + String.format("%,d", behind) + "; a " + group.type() + " group"
                    + (group.topologyEpoch() == null ? "" : " with topology epoch " + group.topologyEpoch()) + ", coordinated by broker "
                    + group.coordinator());
            if (members) {
                output.rows(shownMembers, group.members(), "It has no members now.");
            } else {
                output.rows(shownLag, lag, group.isShare() ? "It has begun nowhere." : "It has committed nothing.");
                if (group.isStreams() && output.format() == Format.wide) {
                    output.rows(partTable, group.subtopologies(), "Its members have not said what they do.");
                }
            }
        }
        if (output.format().structured()) {
            output.value(all);
        }
    }
}
