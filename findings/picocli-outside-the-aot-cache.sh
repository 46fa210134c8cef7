#!/usr/bin/env bash
# Package: info.picocli:picocli 4.7.7 (Maven Central), with a JDK 25 or newer (here Temurin 25.0.3)
# Behaviour: An AOT cache (JEP 483, -XX:AOTCacheOutput) is made in a training run of a command line of picocli, and used. It takes the application's own class, and
#   not one of picocli's: they are class files of version 49, Java 5's, without the stack maps that the cache's verified classes need, and are passed over with a
#   word only in the log (-Xlog:aot, "Old class has been linked"). Each start parses and verifies all of picocli as before.
# Seen: class files of version 49; the application's class from the cache; of some 130 classes of picocli none
. "$(dirname "$0")/lib/java.sh"
libraries info.picocli:picocli:4.7.7
mkdir "$work/classes"
cat > "$work/App.java" << 'JAVA'
@picocli.CommandLine.Command(name = "app", mixinStandardHelpOptions = true)
public class App implements Runnable {
    @picocli.CommandLine.Option(names = "-n") int n;
    public void run() {}
    public static void main(String[] arguments) { System.exit(new picocli.CommandLine(new App()).execute(arguments)); }
}
JAVA
"${bin}javac" -proc:none -cp "$work/lib/*" -d "$work/classes" "$work/App.java"
"${bin}jar" --create --file "$work/app.jar" -C "$work/classes" .
path=$work/app.jar:$work/lib/picocli-4.7.7.jar
"${bin}java" -Xlog:disable -XX:AOTCacheOutput="$work/app.aot" -cp "$path" App -n 1 > /dev/null 2>&1
"${bin}java" -XX:AOTCache="$work/app.aot" -Xlog:class+load -cp "$path" App -n 1 > "$work/loaded"
(cd "$work" && unzip -q lib/picocli-4.7.7.jar picocli/CommandLine.class)
{
  echo "class files of version $(od -An -tu1 -j7 -N1 "$work/picocli/CommandLine.class" | tr -d ' ')"
  echo "the application's class from the cache: $(grep ' App source:' "$work/loaded" | grep -c 'shared objects file')"
  echo "classes of picocli from the cache: $(grep ' picocli\.' "$work/loaded" | grep -c 'shared objects file' || :)"
  [ "$(grep -c ' picocli\.' "$work/loaded")" -gt 100 ] && echo "more than a hundred were loaded"
} | tee "$work/out"
: > "$work/err"
expect 'class files of version 49'
expect "the application's class from the cache: 1"
expect 'classes of picocli from the cache: 0'
expect 'more than a hundred were loaded'
echo "as described"
