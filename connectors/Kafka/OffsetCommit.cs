using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Commits offsets within a limit. librdkafka's own commit has none: while a broker hangs, it is sent again and again.</summary>
/// <remarks>For one thread. At most one is on its way: of two, the earlier might arrive last, and its offsets would stay.</remarks>
internal sealed class OffsetCommit(IConsumer<byte[]?, byte[]?> consumer)
{
    private Task _last = Task.CompletedTask;

    /// <summary>Whether the last one, whose limit is over, is still without an answer.</summary>
    public bool IsPending => !_last.IsCompleted;

    /// <exception cref="KafkaException">Refused, or not answered within the limit: it may yet be done.</exception>
    /// <exception cref="OperationCanceledException">It may yet be done.</exception>
    public void Commit(IReadOnlyList<TopicPartitionOffset> offsets, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (IsPending)
            throw Unanswered(TimeSpan.Zero);
        _last = Task.Run(() => consumer.Commit(offsets), CancellationToken.None);
        // Those that are refused after their limit have been told about already.
        _ = _last.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (Task.WaitAny([_last], (int)Math.Max(0, limit.TotalMilliseconds), cancellationToken) < 0)
            throw Unanswered(limit);
        _last.GetAwaiter().GetResult();
    }

    /// <returns>Whether nothing is on its way any more.</returns>
    public bool Settle(TimeSpan limit) => Task.WaitAny([_last], limit) == 0;

    private static KafkaException Unanswered(TimeSpan limit) => new(new Error(ErrorCode.Local_TimedOut, $"the commit is not answered within {limit.TotalSeconds:0.#} s"));
}
