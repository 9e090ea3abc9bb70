/// A value that few have: it takes memory of its own from when it is first changed, and none before.
struct OnDemand<Value: Initializable> {
  /// One value, or none.
  private var storage: [Value] = []

  /// Whether it has its memory.
  var isPresent: Bool { !storage.isEmpty }

  /// The value; as it is initialised where it was never changed.
  var value: Value {
    _read {
      if storage.isEmpty { yield Value() } else { yield storage[0] }
    }
    _modify {
      if storage.isEmpty { storage = [Value()] }
      yield &storage[0]
    }
  }

  /// Gives its memory back.
  mutating func remove() { storage = [] }
}

/// What has an initial value.
protocol Initializable {
  init()
}
