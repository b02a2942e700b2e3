/// Why operators that are knowingly left out are left out, by their names.
private let categories: [(reason: String, operators: Set<String>)] = [
  (
    "control flow: export the model without subgraphs, by tracing it",
    ["If", "Loop", "Scan", "SequenceMap"]
  ),
  (
    "sequences and optional values: only tensors are carried",
    [
      "ConcatFromSequence", "Optional", "OptionalGetElement", "OptionalHasElement", "SequenceAt",
      "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceLength",
      "SplitToSequence",
    ]
  ),
  (
    "text and encoded images: these belong before the network",
    [
      "ImageDecoder", "RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit",
      "TfIdfVectorizer",
    ]
  ),
  (
    "random numbers: a network's result has to be the same every time",
    [
      "Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform",
      "RandomUniformLike",
    ]
  ),
  ("recurrent networks: they have no layers of the kind that is solved", ["GRU", "LSTM", "RNN"]),
  ("signal processing: it belongs before the network", ["DFT", "MelWeightMatrix", "STFT"]),
]

/// Why an operator is left out, or nil where it is merely not written yet.
func refusal(of operatorName: String) -> String? {
  if operatorName.hasPrefix("ai.onnx.preview.training") {
    return "training: gradients and optimizers are no part of a network"
  }
  if operatorName.hasPrefix("ai.onnx.ml") {
    return "classical machine learning: only the standard operators are read"
  }
  return categories.first { $0.operators.contains(operatorName) }?.reason
}

extension ONNXProblem {
  /// The kind of thing that is not supported, in a few words; nil where the model is at fault.
  package var category: String? {
    switch self {
    case .unsupportedOperators(let nodes):
      let known = nodes.compactMap { refusal(of: $0.operatorName) }.first
      return known?.split(separator: ":").first.map(String.init) ?? "other operators"
    case .unsupportedType: return "element types: 8- and 4-bit floats, text, sequences"
    case .unsupported: return "forms of supported operators"
    case .unsupportedOpset: return "operator sets"
    case .file, .malformed, .notConstant, .invalidNode, .invalidTensor, .nonFinite,
      .invalidValue, .undefinedValue, .duplicateValue, .cycle:
      return nil
    }
  }
}
