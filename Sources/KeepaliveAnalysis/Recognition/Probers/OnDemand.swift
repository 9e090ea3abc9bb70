/// A value that few have: it takes memory of its own from when it is first changed, and none before.
struct OnDemand<Value: Initializable> {
  /// A place for one value: what is read of it is read there, where an array would copy the whole of it first.
  private final class Box {
    var value: Value

    init(_ value: Value) { self.value = value }
  }

  private var box: Box?

  /// Whether it has its memory.
  var isPresent: Bool { box != nil }

  /// Gives its memory back.
  mutating func remove() { box = nil }

  /// The value; as it is initialised where it was never changed.
  var value: Value {
    _read {
      if let box { yield box.value } else { yield Value() }
    }
    _modify {
      // Looked at where it stands: bound to a name it would be shared.
      if !isKnownUniquelyReferenced(&box) { box = Box(box?.value ?? Value()) }
      guard let box else { preconditionFailure("it was made above") }
      yield &box.value
    }
  }
}

/// What has an initial value.
protocol Initializable {
  init()
}
