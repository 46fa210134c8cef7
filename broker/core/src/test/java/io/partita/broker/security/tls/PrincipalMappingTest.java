package io.partita.broker.security.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.apache.kafka.common.security.ssl.SslPrincipalMapper;
import org.junit.jupiter.api.Test;

class PrincipalMappingTest {

    private static final String[] NAMES = {
        "CN=Duke,OU=ServiceUsers,O=Unknown,C=US", "CN=adminUser,OU=Admin,O=Unknown", "OU=JavaSoft,CN=duke", "CN=a/b,OU=x",
        "CN=x\\,y,OU=ServiceUsers,O=Unknown,C=US"
    };

    private static final String[] RULES = {
        "DEFAULT",
        "RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/",
        "RULE:^CN=(.*?),OU=(.*?),O=(.*?),C=(.*?)$/$1@$2/L, RULE:^.*[Cc][Nn]=([a-zA-Z0-9.]*).*$/$1/U",
        "RULE:^CN=([^,]*?),OU=.*$/$1/U,DEFAULT",
        "RULE:^CN=a\\/(.),.*$/$1\\/x/ , DEFAULT",
        "RULE:^\\w+=(.*?),.*$/$1/L",
    };

    @Test
    void mapsAsKafkaDoes() throws Exception {
        for (String rules : RULES) {
            SslPrincipalMapper kafka = SslPrincipalMapper.fromRules(rules);
            PrincipalMapping ours = PrincipalMapping.parse(rules);
            for (String name : NAMES) {
                String expected;
                try {
                    expected = kafka.getName(name);
                } catch (java.io.IOException noRule) {
                    expected = null;
                }
                assertEquals(expected, ours.nameOf(name), rules + " of " + name);
            }
        }
    }

    @Test
    void aNameWithoutARuleIsNobody() {
        assertNull(PrincipalMapping.parse("RULE:^CN=admin$/admin/").nameOf("CN=other"));
        assertEquals("CN=other", PrincipalMapping.parse("").nameOf("CN=other"));
    }

    @Test
    void whatCannotBeReadIsRefused() {
        for (String wrong : new String[] {"RULE:x", "RULE:x/y", "RULE:(/y/", "RULE:a/b/X", "DEFAULTX", "nonsense", "RULE:a/$1/"}) {
            assertThrows(IllegalArgumentException.class, () -> PrincipalMapping.parse(wrong), wrong);
        }
    }
}
