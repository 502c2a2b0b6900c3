namespace StreamDeploy.Connectors.Kafka;

/// <summary>The last values, no more than its capacity. Safe for concurrent use.</summary>
internal sealed class RingBuffer<T>(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Queue<T> _values = new(capacity);

    public void Add(T value)
    {
        lock (_lock)
        {
            if (_values.Count == capacity)
                _values.Dequeue();
            _values.Enqueue(value);
        }
    }

    /// <summary>The oldest first, as they are now.</summary>
    public IReadOnlyList<T> ToList()
    {
        lock (_lock)
            return [.. _values];
    }
}
