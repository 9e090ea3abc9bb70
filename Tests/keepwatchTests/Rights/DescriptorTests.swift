import Foundation
import Testing

/// What programs that keepwatch starts inherit: standard input, output and error.
@Suite(.enabled(if: geteuid() == 0, "these capture packets in a network namespace made by unshare(1): be root"))
struct DescriptorTests {
  @Test(
    "A program under run has its own three descriptors and no other, whatever keepwatch has open or was given",
    arguments: ["", "SUDO_UID=1 SUDO_GID=1"], ["", "without strace"])
  func run(environment: String, tracer: String) async throws {
    let story = try await Story.of(
      """
      chmod 777 .
      mkdir bin; ln -s $(type -p seq) bin
      [ -z "\(tracer)" ] || export PATH=$PWD/bin
      /usr/bin/env \(environment) $program run -w saved.pcap -o text --save-strace calls -- \
        /bin/sh -c 'for n in $(seq 0 40); do [ ! -e /proc/$$/fd/$n ] || echo $n; done' 5< /dev/null 9> /dev/null < /dev/null
      """)
    defer { story.remove() }
    #expect(story.output == "0\n1\n2\n", "\(story.output) \(story.errors)")
  }

  @Test("demo's programs share no descriptor with it but the three that are their own")
  func demo() async throws {
    let story = try await Story.of(
      """
      $program demo no-route --idle 1 --interval 1 --count 2 -w saved.pcap --log calls --json > out.jsonl 9> /dev/null & demo=$!
      until grep -qs '"connect"' out.jsonl; do sleep 0.05; done
      descriptors() { for file in /proc/$1/fd/*; do [ ${file##*/} -gt 2 ] && readlink $file; done | sort -u; }
      descriptors $demo > demo
      for child in $(cat /proc/$demo/task/*/children); do
        echo child
        descriptors $child | comm -12 - demo
      done
      wait $demo
      """)
    defer { story.remove() }
    #expect(story.status == 0 && story.output == "child\nchild\nchild\n", "\(story.output) \(story.errors)")
  }

  @Test("Where standard input, output or error is closed, no file takes its place; a report that is lost by that: 125")
  func closed() async throws {
    let story = try await Story.of(
      """
      $program run -w saved.pcap -- sh -c 'readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2 > links' <&- >&- 2>&-
      echo $?
      cat links
      $program replay \(CommandLineTests.silent) --html page.html >&- 2>&-
      head -c 15 page.html
      """)
    defer { story.remove() }
    #expect(
      story.output == "125\n/dev/null\n\(story.folder)/links\n/dev/null\n<!DOCTYPE html>",
      "\(story.output) \(story.errors)")
  }
}
