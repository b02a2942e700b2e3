internal import Coordination
internal import WireSchema

// Closed enums and their numbers on the wire. An unknown number is nil: the decoder says which
// field it was.

extension RejectionReason {
  var schema: Tsq_Wire_RejectionCode {
    switch self {
    case .protocolVersion: .rejectionProtocol
    case .build: .rejectionBuild
    case .kernel: .rejectionKernel
    case .closing: .rejectionClosing
    case .key: .rejectionKey
    }
  }

  init?(_ code: Tsq_Wire_RejectionCode) {
    guard let value = Self.allCases.first(where: { $0.schema == code }) else { return nil }
    self = value
  }
}

extension DeclineReason {
  var schema: Tsq_Wire_DeclineCode {
    switch self {
    case .memory: .declineMemory
    case .unsupported: .declineUnsupported
    case .busy: .declineBusy
    case .draining: .declineDraining
    }
  }

  init?(_ code: Tsq_Wire_DeclineCode) {
    switch code {
    case .declineMemory: self = .memory
    case .declineUnsupported: self = .unsupported
    case .declineBusy: self = .busy
    case .declineDraining: self = .draining
    case .declineUnspecified, .UNRECOGNIZED: return nil
    }
  }
}

extension AcknowledgementCode {
  var schema: Tsq_Wire_AcknowledgementCode {
    switch self {
    case .stored: .acknowledgementStored
    case .discarded: .acknowledgementDiscarded
    case .noted: .acknowledgementNoted
    }
  }

  init?(_ code: Tsq_Wire_AcknowledgementCode) {
    guard let value = Self.allCases.first(where: { $0.schema == code }) else { return nil }
    self = value
  }
}

extension FailureClass {
  var schema: Tsq_Wire_FailureCode {
    switch self {
    case .transient: .failureTransient
    case .memory: .failureMemory
    case .corruptInput: .failureCorruptInput
    case .numeric: .failureNumeric
    case .bug: .failureBug
    case .died: .failureDied
    }
  }

  init?(_ code: Tsq_Wire_FailureCode) {
    guard let value = Self.allCases.first(where: { $0.schema == code }) else { return nil }
    self = value
  }
}

extension ProtocolFault {
  var schema: Tsq_Wire_ErrorCode {
    switch self {
    case .unknownRun: .errorUnknownRun
    case .unknownWorker: .errorUnknownWorker
    case .malformed: .errorMalformed
    }
  }

  init?(_ code: Tsq_Wire_ErrorCode) {
    guard let value = Self.allCases.first(where: { $0.schema == code }) else { return nil }
    self = value
  }
}
