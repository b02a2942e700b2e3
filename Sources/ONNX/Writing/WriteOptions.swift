/// How a network is written.
package struct WriteOptions: Sendable, Equatable {
  /// What becomes of low-bit weights and activation codes.
  package enum Form: String, Sendable, Equatable, CaseIterable {
    /// Weights as INT2, INT4 or INT8 codes behind DequantizeLinear, activation codes as
    /// UINT2, UINT4 or UINT8 between QuantizeLinear and DequantizeLinear.
    case lowBit
    /// The same numbers with fp32 tensors and standard float operators only, for any runtime.
    case float
  }

  package var form: Form

  package init(form: Form) { self.form = form }
}
