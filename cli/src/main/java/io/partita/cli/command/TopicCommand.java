package io.partita.cli.command;

import java.util.List;
import picocli.CommandLine.Command;

/** Topics. */
@Command(name = "topic", mixinStandardHelpOptions = true, sortOptions = false, description = "Lists, makes, changes and deletes topics.")
final class TopicCommand extends Parent {
    @Override
    List<Class<?>> children() {
        return List.of(TopicList.class, TopicDescribe.class, TopicCreate.class, TopicAlter.class, TopicDelete.class, TopicTrim.class,
                TopicRedrive.class);
    }
}
