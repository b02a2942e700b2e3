import Coordination
import Tensors
import Testing
import Wire

/// The bytes that hexadecimal digits stand for.
func bytes(_ hexadecimal: String) -> [UInt8] {
  let digits = Array(hexadecimal.utf8)
  return stride(from: 0, to: digits.count, by: 2).map { index in
    UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) ?? 0
  }
}

/// The messages whose bytes `goldenMessages` holds.
enum Sample {
  static let run = RunID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210)
  static let key = Digest(bytes: [UInt8](repeating: 7, count: 32))
  static let one = Digest(bytes: [UInt8](repeating: 1, count: 32))
  static let two = Digest(bytes: [UInt8](repeating: 2, count: 32))
  static let task = TaskID(number: 9)
  static let lease = LeaseID(number: 300)
  static let reference = LeaseReference(task: task, key: key, lease: lease, run: run)

  static let messages: [String: Message] = greetings.merging(work) { first, _ in first }

  private static let greetings: [String: Message] = [
    "hello": .hello(
      Hello(
        protocols: 1...2, build: "b1", kernel: "k1", instance: InstanceID(high: 3, low: 4),
        process: 55, host: "h", name: "n", slots: 1, cores: 8, memoryBytes: 1 << 34, number: 6,
        endpoint: "tcp://h:1")),
    "welcome": .welcome(
      Welcome(
        protocolVersion: 1, hello: 6, name: "n", bulkEndpoint: "tcp://h:2", beatMilliseconds: 1_000,
        leaseMilliseconds: 10_000, chunkBytes: 1 << 20, window: 6)),
    "reject": .reject(.build, text: "other build"),
    "ready": .ready(credit: 2),
    "drain": .drain,
    "draining": .draining,
    "bye": .bye(text: "over"),
    "byeOK": .byeOK,
    "error": .error(.unknownRun, text: "another run"),
    "attach": .attach(InstanceID(high: 3, low: 4)),
    "get": .get(one, offset: 1 << 20, byteCount: 1 << 20),
    "chunk": .chunk(Chunk(digest: one, offset: 1 << 20, bytes: [0, 1, 2])),
    "missingChunk": .chunk(Chunk(digest: one, offset: 0, bytes: nil)),
    "askStatus": .askStatus(StatusQuestion(protocols: 1...2, build: "b1")),
    "status": .status(
      StatusReport(
        protocolVersion: 1, build: "b1", ageMilliseconds: 250, text: Array("{}".utf8))),
    "missingStatus": .status(
      StatusReport(protocolVersion: 1, build: "b1", ageMilliseconds: 0, text: nil)),
  ]

  private static let work: [String: Message] = [
    "task": .task(
      Assignment(
        task: task, key: key, lease: lease, attempt: 2, kind: "solve", parameters: [0, 255],
        inputs: [
          BlobReference(digest: one, byteCount: 5), BlobReference(digest: two, byteCount: 0),
        ],
        memoryBytes: 1 << 20, label: "layer 1")),
    "ephemeralTask": .task(
      Assignment(
        task: task, key: key, lease: lease, attempt: 1, kind: "gradient", parameters: [],
        inputs: [
          BlobReference(digest: one, byteCount: 5, isEphemeral: true),
          BlobReference(digest: two, byteCount: 1),
        ],
        memoryBytes: 0, label: "")),
    "accept": .accept(task, lease),
    "decline": .decline(task, lease, .busy),
    "beat": .beat(
      Beat(
        sequence: 4, entries: [Beat.Entry(lease: lease, progress: 17)], residentBytes: 4_096)),
    "beatAck": .beatAck(sequence: 4),
    "result": .result(
      ResultOffer(
        reference: reference,
        outputs: [
          BlobReference(digest: one, byteCount: 3), BlobReference(digest: two, byteCount: 1),
        ],
        inlined: [Array("abc".utf8), Array("d".utf8)], seconds: 1.5)),
    "resultAck": .resultAck(
      Acknowledgement(key: key, lease: lease, code: .discarded, text: "late")),
    "fail": .fail(reference, .numeric, text: "not finite"),
    "revoke": .revoke(lease),
    "released": .released(lease),
  ]
}

@Suite struct `messages` {
  @Test(arguments: goldenMessages.keys.sorted())
  func `have the bytes that another implementation writes`(name: String) throws {
    let golden = try #require(goldenMessages[name]).map(bytes)
    let message = try #require(Sample.messages[name])
    #expect(try Envelope(run: Sample.run, message: message).frames() == golden)
  }

  @Test(arguments: goldenMessages.keys.sorted())
  func `are read from the bytes that another implementation writes`(name: String) throws {
    let golden = try #require(goldenMessages[name]).map(bytes)
    let message = try #require(Sample.messages[name])
    #expect(try Envelope(frames: golden) == Envelope(run: Sample.run, message: message))
  }

  @Test func `have a golden example of each type`() {
    let types = Set(Sample.messages.values.map(\.type.rawValue))
    #expect(types == Set(MessageType.allCases.map(\.rawValue)))
    #expect(Set(goldenMessages.keys) == Set(Sample.messages.keys))
  }

  @Test func `skip header fields that a newer peer adds`() throws {
    var frames = try Envelope(run: Sample.run, message: .beatAck(sequence: 4)).frames()
    frames[1] += [0xba, 0x3e, 2, 1, 2]  // Field 999, two bytes.
    #expect(try Envelope(frames: frames).message == .beatAck(sequence: 4))
  }

  @Test func `of a newer version are refused, but greetings are read`() throws {
    for (name, message) in Sample.messages {
      var frames = try Envelope(run: Sample.run, message: message).frames()
      frames[0][4] = 9
      if ["hello", "reject", "askStatus"].contains(name) {
        #expect(try Envelope(frames: frames).message == message)
      } else {
        #expect(throws: WireError(message.type.name, .unknownVersion(9))) {
          try Envelope(frames: frames)
        }
      }
    }
  }

  @Test func `cut a text that is too long instead of failing`() throws {
    let text = String(repeating: "ä", count: 100_000)
    let frames = try Envelope(run: Sample.run, message: .bye(text: text)).frames()
    guard case .bye(let cut) = try Envelope(frames: frames).message else {
      Issue.record("another message was read")
      return
    }
    #expect(cut.utf8.count <= WireLimits.textBytes && cut.hasPrefix("ääää"))
  }

  @Test(arguments: [1_600, 2_000])
  func `of more blobs than fit are refused before they are sent`(count: Int) throws {
    let blob = BlobReference(digest: Digest(of: [1]), byteCount: 300)
    guard case .task(var assignment)? = Sample.messages["task"] else { return }
    assignment.inputs = [BlobReference](repeating: blob, count: count)
    let envelope = Envelope(run: Sample.run, message: .task(assignment))
    if count == 1_600 {
      #expect(try Envelope(frames: envelope.frames()) == envelope)
    } else {
      let error = #expect(throws: WireError.self) { try envelope.frames() }
      #expect(error?.part == "TASK header")
    }
  }

  static let broken: [(name: String, frames: [[UInt8]], error: WireError)] = {
    let result = (goldenMessages["result"] ?? []).map(bytes)
    let beat = (goldenMessages["beatAck"] ?? []).map(bytes)
    let status = (goldenMessages["status"] ?? []).map(bytes)
    var unknown = beat
    unknown[0][5] = 99
    var foreign = beat
    foreign[0][0] = 0
    return [
      ("no frames", [], WireError("message", .missing)),
      ("foreign", foreign, WireError("message", .foreign)),
      ("empty preamble", [[]], WireError("message", .foreign)),
      ("unknown type", unknown, WireError("message", .unknownType(99))),
      (
        "no header", [beat[0]],
        WireError("BEAT_ACK frames", .outOfRange(found: "1", limit: "2 or 3"))
      ),
      (
        "long preamble", [beat[0] + [0], beat[1]],
        WireError("preamble of BEAT_ACK", .trailing(byteCount: 1))
      ),
      (
        "payload where none is", beat + [[1]],
        WireError("BEAT_ACK.payload", .malformed("this message has none"))
      ),
      (
        "long header", [beat[0], [UInt8](repeating: 0, count: 65_537)],
        WireError("BEAT_ACK header", .outOfRange(found: "65537 bytes", limit: "65536"))
      ),
      (
        "payload too long", [result[0], result[1], [UInt8](repeating: 0, count: 4_194_305)],
        WireError("RESULT payload", .outOfRange(found: "4194305 bytes", limit: "4194304"))
      ),
      (
        "status too long", [status[0], status[1], [UInt8](repeating: 32, count: 262_145)],
        WireError("STATUS.payload", .outOfRange(found: "262145", limit: "0 to 262144"))
      ),
      (
        "status without its text", [status[0], status[1]],
        WireError("STATUS.payload", .malformed("it does not agree with 'missing'"))
      ),
      ("payload too short", [result[0], result[1], [1]], WireError("RESULT payload", .truncated)),
      (
        "payload with more", [result[0], result[1], [1, 2, 3, 4, 5, 6]],
        WireError("RESULT payload", .trailing(byteCount: 2))
      ),
    ]
  }()

  @Test(arguments: 0..<broken.count)
  func `that are broken are errors that name the part`(index: Int) {
    #expect(throws: Self.broken[index].error) { try Envelope(frames: Self.broken[index].frames) }
  }

  @Test func `with numbers out of range are refused by field`() throws {
    // HELLO with 0 slots; CHUNK digest of 31 bytes; DECLINE with an unknown code.
    let hello = goldenMessages["hello"]?.map(bytes) ?? []
    var zeroSlots = hello
    let slots = try #require(zeroSlots[1].firstIndex(of: 0x50))
    zeroSlots[1][slots + 1] = 0
    #expect(
      throws: WireError("HELLO.slots", .outOfRange(found: "0", limit: "1 to 1024"))
    ) { try Envelope(frames: zeroSlots) }
    let get = goldenMessages["get"]?.map(bytes) ?? []
    let short = [get[0], [0x0a, 31] + [UInt8](repeating: 1, count: 31)]
    #expect(
      throws: WireError("GET.digest", .outOfRange(found: "31 bytes", limit: "32"))
    ) { try Envelope(frames: short) }
    let decline = goldenMessages["decline"]?.map(bytes) ?? []
    #expect(throws: WireError("DECLINE.code", .malformed("the code is unknown"))) {
      try Envelope(frames: [decline[0], [0x18, 77]])
    }
  }
}
