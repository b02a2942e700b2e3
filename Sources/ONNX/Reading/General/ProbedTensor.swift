internal import Tensors

/// What an element of a folded tensor is, whatever the open extents are.
enum ElementForm: Hashable {
  /// The same for all of them.
  case fixed
  case polynomial(ExtentPolynomial)
  /// Nothing is known.
  case open
}

/// A tensor that is computed from constants and shapes, for each probe.
///
/// That probes agree proves nothing: what is constant is told by the elements' forms.
struct ProbedTensor {
  enum Forms {
    /// All elements are.
    case fixed
    /// One per element of a shape that depends on nothing open.
    case each([ElementForm])
    /// The shape may depend on what is open too.
    case open
  }

  let first: TypedTensor
  /// For the further probes; nil where these are not possible.
  let others: [TypedTensor?]
  private(set) var forms: Forms

  init(constant: TypedTensor) {
    first = constant
    others = []
    forms = .fixed
  }

  init(first: TypedTensor, others: [TypedTensor?], forms: Forms) {
    self.first = first
    self.others = others
    let isStable = others.allSatisfy { $0?.shape ?? first.shape == first.shape }
    self.forms = isStable ? forms : .open
    // The forms are proofs; should one be wrong, nothing is made of it.
    if isFixed, !others.allSatisfy({ $0 ?? first == first }) { self.forms = .open }
    if case .each(let elements) = self.forms {
      self.forms = .each(
        elements.enumerated().map { index, form in
          form == .fixed && !others.allSatisfy { $0?.hasSame(index, as: first) ?? true }
            ? .open : form
        })
    }
  }

  func probe(_ index: Int) -> TypedTensor? {
    if case .fixed = forms { return first }
    return index == 0 ? first : others[index - 1]
  }

  var isFixed: Bool { constant != nil }

  /// The tensor, where it depends on nothing open.
  var constant: TypedTensor? {
    switch forms {
    case .fixed: return first
    case .open: return nil
    case .each(let forms): return forms.allSatisfy { $0 == .fixed } ? first : nil
    }
  }

  func form(_ element: Int) -> ElementForm {
    switch forms {
    case .fixed: .fixed
    case .each(let forms): forms[element]
    case .open: .open
    }
  }

  /// An element as a polynomial; nil where it is none.
  func polynomial(_ element: Int) -> ExtentPolynomial? {
    switch form(element) {
    case .polynomial(let polynomial): return polynomial
    case .open: return nil
    case .fixed:
      switch first.elements {
      case .integers(let values): return ExtentPolynomial(constant: values[element])
      case .reals(let values):
        return Int(exactly: values[element]).flatMap(ExtentPolynomial.init(constant:))
      }
    }
  }
}

extension TypedTensor {
  /// Whether an element is that of another tensor.
  fileprivate func hasSame(_ index: Int, as other: TypedTensor) -> Bool {
    switch (elements, other.elements) {
    case (.integers(let own), .integers(let others)): own[index] == others[index]
    case (.reals(let own), .reals(let others)): own[index] == others[index]
    default: false
    }
  }
}
