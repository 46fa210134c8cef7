# Sourced by run, test and .ci/run: exports JAVA_HOME, a JDK of version 25 or newer, or says what to install and ends the caller.
# Looks at JAVA_HOME, the path, then the folders where JDKs are usually put. Reads each JDK's "release" file instead of starting it.

is_new_jdk() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while IFS='=' read -r key value; do
    [ "$key" = JAVA_VERSION ] || continue
    major=${value#\"}
    major=${major%%[!0-9]*}
    [ "${major:-0}" -ge 25 ]
    return
  done < "$1/release"
  return 1
}

find_jdk() {
  if is_new_jdk "${JAVA_HOME:-}"; then return; fi
  on_path=$(readlink -f "$(command -v javac || :)" 2> /dev/null || :)
  for candidate in "${on_path%/bin/javac}" \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/java/* /opt/*jdk* \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* \
    "${HOME:-}"/.local/share/mise/installs/java/* "${HOME:-}"/.asdf/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "${HOME:-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    if is_new_jdk "$candidate"; then
      JAVA_HOME=$candidate
      return
    fi
  done
  echo "Partita needs a JDK 25 or newer, and none was found (looked at JAVA_HOME, the path, /usr/lib/jvm, SDKMAN, ~/.jdks and the like)." >&2
  echo "Install one, for example 'sdk install java 25-tem', 'apt-get install openjdk-25-jdk' or 'brew install openjdk@25'," >&2
  echo "or set JAVA_HOME to the folder of one you have." >&2
  exit 1
}

find_maven() {
  if command -v mvn > /dev/null; then
    # What Maven itself would otherwise warn about on a new JDK; building is short work, so the fast compiler will do.
    MAVEN_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED ${MAVEN_OPTS:-}"
    export MAVEN_OPTS
    return
  fi
  echo "Partita is built with Maven 3.8 or newer, and there is no 'mvn' on the path." >&2
  echo "Install it, for example 'apt-get install maven', 'sdk install maven' or 'brew install maven'." >&2
  exit 1
}

find_jdk
export JAVA_HOME
