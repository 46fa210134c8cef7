package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectText.Line;
import io.partita.broker.cluster.ObjectText.UnreadableException;
import io.partita.broker.security.Acl;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.Acls;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;
import java.util.ArrayList;
import java.util.List;

/** The object {@code acls}: the access rules, a line for each. */
final class AclsObject {

    static final String NAME = "acls";

    private AclsObject() {}

    static String text(Acls acls) {
        ObjectText.Writer writer = new ObjectText.Writer();
        acls.bindings().forEach(binding -> writer.line("acl", says(binding)));
        return writer.text();
    }

    /** What a line says of a rule. */
    static String says(AclBinding binding) {
        Acl acl = binding.acl();
        return String.join(" ", binding.type().name(), binding.pattern().name(), word(binding.name()), acl.permission().name(),
                acl.operation().name(), word(acl.principal()), word(acl.host()));
    }

    static Acls read(String text) throws UnreadableException {
        List<AclBinding> bindings = new ArrayList<>();
        for (Line line : ObjectText.read(text)) {
            if (!line.word().equals("acl")) {
                throw new UnreadableException("nobody knows what '" + line.word() + "' is");
            }
            bindings.add(binding(line));
        }
        return Acls.of(bindings);
    }

    /** The rule of a line. */
    static AclBinding binding(Line line) throws UnreadableException {
        String[] words = line.words(7);
        try {
            return new AclBinding(ResourceType.valueOf(words[0]), plain(words[2]), PatternType.valueOf(words[1]),
                    new Acl(plain(words[5]), plain(words[6]), Operation.valueOf(words[4]), PermissionType.valueOf(words[3])));
        } catch (IllegalArgumentException wrong) {
            throw new UnreadableException("'" + line.says() + "' is no rule");
        }
    }

    /** Names may hold spaces, those of principals above all. */
    private static String word(String name) {
        return name.replace("%", "%25").replace(" ", "%20");
    }

    private static String plain(String word) {
        return word.replace("%20", " ").replace("%25", "%");
    }
}
