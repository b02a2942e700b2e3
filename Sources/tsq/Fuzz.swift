import ArgumentParser
import Foundation

/// `tsq fuzz`: feeds damaged input to a decoder; `scripts/fuzz` runs it for every decoder.
struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Feeds damaged input to one of the decoders.", shouldDisplay: false)

  @Argument(help: "What is decoded.")
  var target: FuzzTarget

  @Option(name: .long, help: "A folder of valid inputs.")
  var corpus: String

  @Option(name: .long, help: "How many damaged inputs.")
  var runs = 10_000

  @Option(name: .long, help: "Where the sequence of damages begins.")
  var seed: UInt64 = 0

  @Option(name: .long, help: "Only this one of them, which is kept in the file named by --input.")
  var only: Int?

  @Option(name: .long, help: "The number of the damaged input in hand is kept here.")
  var position: String

  @Option(name: .long, help: "A file for the damaged input; decoders of files read it.")
  var input: String

  /// Seconds of the processor that 256 executions may take, and seconds that may pass, which other
  /// programs can make long.
  private static let (hangSeconds, waitSeconds): (Int, UInt32) = (20, 1_800)
  /// Bytes of address space that the process may take beyond what it has at the start.
  private static let roomBytes: UInt = 2 << 30

  func run() throws {
    let seeds = try CommandFailure.mapping { try read() }
    try limitMemory()
    let descriptor = unsafe open(position, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw CommandFailure(.cannotWrite, "'\(position)' cannot be written")
    }
    let range = only.map { $0..<$0 + 1 } ?? 0..<runs
    var accepted = 0
    for number in range {
      let text = Array("\(number)\n".utf8)
      guard unsafe pwrite(descriptor, text, text.count, 0) == text.count else {
        throw CommandFailure(.cannotWrite, "'\(position)' cannot be written")
      }
      if number % 256 == 0 || only != nil { try limitTime() }
      var mutator = Mutator(seed: seed, number: number)
      let bytes = target.repaired(mutator.mutated(seeds))
      if target.readsFiles || only != nil { try write(bytes) }
      if target.accepts(bytes, file: input) { accepted += 1 }
    }
    alarm(0)
    try StandardStreams.output(
      "\(target.rawValue): \(range.count) executions of seed \(seed), \(accepted) accepted, "
        + "\(range.count - accepted) refused\n")
  }

  private func read() throws -> [[UInt8]] {
    let names = try FileManager.default.contentsOfDirectory(atPath: corpus).sorted()
    let seeds = names.compactMap { FileManager.default.contents(atPath: corpus + "/" + $0) }
    guard !seeds.isEmpty else {
      throw CommandFailure(.missingInput, "the corpus '\(corpus)' is empty")
    }
    return seeds.map { Array($0) }
  }

  /// What hangs from now on ends the process.
  private func limitTime() throws {
    alarm(Self.waitSeconds)
    var usage = rusage()
    guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else {
      throw CommandFailure(.fault, "the system does not tell the time of this process")
    }
    let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + 2
    var limits = rlimit(rlim_cur: UInt(seconds + Self.hangSeconds), rlim_max: UInt.max)
    guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &limits) == 0 else {
      throw CommandFailure(.fault, "time cannot be limited")
    }
  }

  /// An allocation without bound then ends the process at once.
  private func limitMemory() throws {
    let pages = FileManager.default.contents(atPath: "/proc/self/statm") ?? Data()
    let first = String(decoding: pages, as: UTF8.self).split(separator: " ").first
    guard let first, let size = UInt(first) else {
      throw CommandFailure(.fault, "the system does not tell the size of this process")
    }
    let limit = size * UInt(sysconf(Int32(_SC_PAGESIZE))) + Self.roomBytes
    var limits = rlimit(rlim_cur: limit, rlim_max: limit)
    guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits) == 0 else {
      throw CommandFailure(.fault, "memory cannot be limited")
    }
  }

  private func write(_ bytes: [UInt8]) throws {
    let descriptor = unsafe open(input, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0, unsafe Foundation.write(descriptor, bytes, bytes.count) == bytes.count
    else { throw CommandFailure(.cannotWrite, "'\(input)' cannot be written") }
    close(descriptor)
  }
}
