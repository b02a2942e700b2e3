internal import Coordination
internal import SwiftProtobuf
internal import Tensors
internal import WireSchema

extension Message {
  /// Reads the header and the payload of a message of a known type.
  init(type: MessageType, header: [UInt8], payload: [UInt8]?) throws(WireError) {
    let reader = HeaderReader(type: type)
    switch type {
    case .result, .chunk, .status: break
    default: try reader.require(payload == nil, "payload", "this message has none")
    }
    switch type {
    case .hello: self = .hello(try Hello(header, reader))
    case .welcome: self = .welcome(try Welcome(header, reader))
    case .reject:
      let schema = try reader.parse(header, as: Tsq_Wire_Reject.self)
      self = .reject(
        try reader.required(RejectionReason(schema.code), "code"), text: schema.text)
    case .ready:
      let schema = try reader.parse(header, as: Tsq_Wire_Ready.self)
      self = .ready(credit: try reader.integer(schema.credit, "credit", 0...WireLimits.slots * 8))
    case .drain: self = .drain
    case .draining: self = .draining
    case .bye: self = .bye(text: try reader.parse(header, as: Tsq_Wire_Text.self).text)
    case .byeOK: self = .byeOK
    case .error:
      let schema = try reader.parse(header, as: Tsq_Wire_Error.self)
      self = .error(try reader.required(ProtocolFault(schema.code), "code"), text: schema.text)
    case .askStatus: self = .askStatus(try StatusQuestion(header, reader))
    case .status: self = .status(try StatusReport(header, payload, reader))
    case .attach, .get, .chunk: self = try Message(bulk: header, payload: payload, reader)
    default: self = try Message(work: header, payload: payload, reader)
    }
  }

  private init(bulk header: [UInt8], payload: [UInt8]?, _ reader: HeaderReader) throws(WireError) {
    switch reader.type {
    case .attach:
      let schema = try reader.parse(header, as: Tsq_Wire_Attach.self)
      self = .attach(InstanceID(high: schema.instanceHigh, low: schema.instanceLow))
    case .get:
      let schema = try reader.parse(header, as: Tsq_Wire_Get.self)
      self = .get(
        try reader.digest(schema.digest, "digest"),
        offset: try reader.integer(schema.offset, "offset", 0...WireLimits.blobBytes),
        byteCount: try reader.integer(schema.byteCount, "byte_count", 0...WireLimits.payloadBytes))
    default:
      let schema = try reader.parse(header, as: Tsq_Wire_Chunk.self)
      try reader.require(
        schema.missing == (payload == nil), "payload",
        schema.missing ? "a missing chunk has none" : "the bytes of the chunk are not there")
      self = .chunk(
        Chunk(
          digest: try reader.digest(schema.digest, "digest"),
          offset: try reader.integer(schema.offset, "offset", 0...WireLimits.blobBytes),
          bytes: payload))
    }
  }

  private init(work header: [UInt8], payload: [UInt8]?, _ reader: HeaderReader) throws(WireError) {
    switch reader.type {
    case .task: self = .task(try Assignment(header, reader))
    case .accept:
      let schema = try reader.parse(header, as: Tsq_Wire_Decline.self)
      self = .accept(TaskID(number: schema.task), LeaseID(number: schema.lease))
    case .decline:
      let schema = try reader.parse(header, as: Tsq_Wire_Decline.self)
      self = .decline(
        TaskID(number: schema.task), LeaseID(number: schema.lease),
        try reader.required(DeclineReason(schema.code), "code"))
    case .beat: self = .beat(try Beat(header, reader))
    case .beatAck:
      self = .beatAck(sequence: try reader.parse(header, as: Tsq_Wire_BeatAck.self).sequence)
    case .result: self = .result(try ResultOffer(header, payload, reader))
    case .resultAck: self = .resultAck(try Acknowledgement(header, reader))
    case .fail:
      let schema = try reader.parse(header, as: Tsq_Wire_Failure.self)
      let reference = LeaseReference(
        task: TaskID(number: schema.task), key: try reader.digest(schema.key, "key"),
        lease: LeaseID(number: schema.lease),
        run: RunID(high: schema.leaseRunHigh, low: schema.leaseRunLow))
      self = .fail(
        reference, try reader.required(FailureClass(schema.code), "code"), text: schema.text)
    default:
      let lease = LeaseID(number: try reader.parse(header, as: Tsq_Wire_Lease.self).lease)
      self = reader.type == .revoke ? .revoke(lease) : .released(lease)
    }
  }
}

extension Hello {
  fileprivate init(_ header: [UInt8], _ reader: HeaderReader) throws(WireError) {
    let schema = try reader.parse(header, as: Tsq_Wire_Hello.self)
    let first = try reader.integer(schema.protocolFirst, "protocol_first", 1...255)
    let last = try reader.integer(schema.protocolLast, "protocol_last", first...255)
    self.init(
      protocols: first...last, build: schema.build, kernel: schema.kernel,
      instance: InstanceID(high: schema.instanceHigh, low: schema.instanceLow),
      process: try reader.integer(schema.process, "process", 0...Int(Int32.max)),
      host: schema.host, name: schema.name,
      slots: try reader.integer(schema.slots, "slots", 1...WireLimits.slots),
      cores: try reader.integer(schema.cores, "cores", 0...1 << 20),
      memoryBytes: try reader.integer(schema.memoryBytes, "memory_bytes", 0...Int.max),
      number: schema.number, endpoint: schema.endpoint)
  }
}

extension Welcome {
  fileprivate init(_ header: [UInt8], _ reader: HeaderReader) throws(WireError) {
    let schema = try reader.parse(header, as: Tsq_Wire_Welcome.self)
    self.init(
      protocolVersion: try reader.integer(
        schema.protocol, "protocol", Int(ProtocolVersion.first)...Int(ProtocolVersion.last)),
      hello: schema.hello,
      name: schema.name, bulkEndpoint: schema.bulkEndpoint,
      beatMilliseconds: try reader.integer(schema.beatMilliseconds, "beat", 10...600_000),
      leaseMilliseconds: try reader.integer(schema.leaseMilliseconds, "lease", 20...86_400_000),
      chunkBytes: try reader.integer(
        schema.chunkBytes, "chunk_bytes", 1...WireLimits.payloadBytes),
      window: try reader.integer(schema.window, "window", 1...WireLimits.window))
  }
}

extension Assignment {
  fileprivate init(_ header: [UInt8], _ reader: HeaderReader) throws(WireError) {
    let schema = try reader.parse(header, as: Tsq_Wire_Task.self)
    self.init(
      task: TaskID(number: schema.task), key: try reader.digest(schema.key, "key"),
      lease: LeaseID(number: schema.lease),
      attempt: try reader.integer(schema.attempt, "attempt", 1...1 << 20),
      kind: schema.kind, parameters: Array(schema.parameters),
      inputs: try reader.blobs(schema.inputs, "inputs"),
      memoryBytes: try reader.integer(schema.memoryBytes, "memory_bytes", 0...Int.max),
      label: schema.label)
  }
}

extension Beat {
  fileprivate init(_ header: [UInt8], _ reader: HeaderReader) throws(WireError) {
    let schema = try reader.parse(header, as: Tsq_Wire_Beat.self)
    self.init(
      sequence: schema.sequence,
      entries: schema.leases.map {
        Entry(lease: LeaseID(number: $0.lease), progress: $0.progress)
      },
      residentBytes: try reader.integer(schema.residentBytes, "resident_bytes", 0...Int.max))
  }
}

extension ResultOffer {
  fileprivate init(
    _ header: [UInt8], _ payload: [UInt8]?, _ reader: HeaderReader
  ) throws(WireError) {
    let schema = try reader.parse(header, as: Tsq_Wire_Result.self)
    try reader.require(
      schema.inlined == (payload != nil), "payload", "it does not agree with 'inlined'")
    try reader.require(
      schema.seconds.isFinite && schema.seconds >= 0, "seconds", "it is not a duration")
    let outputs = try reader.blobs(schema.outputs, "outputs")
    self.init(
      reference: LeaseReference(
        task: TaskID(number: schema.task), key: try reader.digest(schema.key, "key"),
        lease: LeaseID(number: schema.lease),
        run: RunID(high: schema.leaseRunHigh, low: schema.leaseRunLow)),
      outputs: outputs,
      inlined: try payload.map { (bytes) throws(WireError) in
        try ResultOffer.split(bytes, by: outputs, reader)
      },
      seconds: schema.seconds)
  }

  /// Cuts the payload into the outputs; their lengths must add up exactly.
  private static func split(
    _ payload: [UInt8], by outputs: [BlobReference], _ reader: HeaderReader
  ) throws(WireError) -> [[UInt8]] {
    var bytes = ByteReader(payload)
    var parts: [[UInt8]] = []
    for output in outputs {
      parts.append(try bytes.bytes(output.byteCount, "\(reader.type.name) payload"))
    }
    try bytes.finish("\(reader.type.name) payload")
    return parts
  }
}

extension Acknowledgement {
  fileprivate init(_ header: [UInt8], _ reader: HeaderReader) throws(WireError) {
    let schema = try reader.parse(header, as: Tsq_Wire_Acknowledgement.self)
    self.init(
      key: try reader.digest(schema.key, "key"), lease: LeaseID(number: schema.lease),
      code: try reader.required(AcknowledgementCode(schema.code), "code"), text: schema.text)
  }
}
