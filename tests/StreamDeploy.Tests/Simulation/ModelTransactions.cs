using Confluent.Kafka;

namespace StreamDeploy.Tests.Simulation;

internal enum TransactionState { Open, Committing, Aborting, Committed, Aborted }

/// <summary>One transaction: what it has written to and the offsets it would commit.</summary>
internal sealed class ModelTransaction(string id, int epoch, long number, long openedMs)
{
    public string Id => id;

    public int Epoch => epoch;

    public long Number => number;

    public long OpenedMs => openedMs;

    public TransactionState State { get; set; }

    public bool IsOpen => State is TransactionState.Open;

    public bool HasEnded => State is TransactionState.Committed or TransactionState.Aborted;

    /// <summary>Decided: it stays so even before the partitions know.</summary>
    public bool IsCommitted => State is TransactionState.Committing or TransactionState.Committed;

    /// <summary>How many records came: one that is sent again is not written again.</summary>
    public int Received { get; set; }

    /// <summary>What still has to be told that it has ended.</summary>
    public List<ModelLog> Unmarked { get; } = [];

    public Dictionary<TopicPartition, long> Offsets { get; } = [];

    public override string ToString() => $"{id} e{epoch} #{number}";
}

/// <summary>The transaction coordinator: epochs, fencing, timeouts, and ends that reach the partitions one by one.</summary>
internal sealed class ModelTransactions(Random random, SimulatedClock clock, ModelOffsets offsets, long timeoutMs, Action<ModelLog, ModelTransaction> mark, Action<string> trace)
{
    private readonly SortedDictionary<string, Producer> _producers = new(StringComparer.Ordinal);

    private sealed class Producer
    {
        public int Epoch { get; set; } = -1;
        public long LastNumber { get; set; }
        public ModelTransaction? Current { get; set; }
        public ModelTransaction? Last { get; set; }
    }

    public bool IsQuiet => _producers.Values.All(p => p.Current is null);

    /// <summary>Fences whoever has used the id before and ends what it left open.</summary>
    public ModelAnswer Init(string id, out int epoch)
    {
        if (!_producers.TryGetValue(id, out var producer))
            _producers.Add(id, producer = new());
        epoch = -1;
        if (producer.Current is { IsOpen: true })
            Abort(producer, "its id is initialised again");
        if (producer.Current is not null)
            return ModelAnswer.Retry;
        (epoch, producer.LastNumber) = (++producer.Epoch, 0);
        return ModelAnswer.Ok;
    }

    /// <summary>The transaction of that number, opened if it is the next one.</summary>
    public ModelAnswer Ongoing(string id, int epoch, long number, out ModelTransaction? transaction)
    {
        transaction = null;
        var producer = _producers[id];
        if (producer.Epoch != epoch)
            return ModelAnswer.Fenced;
        if (producer.Current is { } current)
        {
            transaction = current;
            return current.Number == number ? current.IsOpen ? ModelAnswer.Ok : ModelAnswer.Fenced : current.IsOpen ? ModelAnswer.Fenced : ModelAnswer.Retry;
        }
        // A request of a transaction that has ended, come late.
        if (number <= producer.LastNumber)
            return ModelAnswer.Fenced;
        producer.LastNumber = number;
        producer.Current = producer.Last = transaction = new(id, epoch, number, clock.NowMs);
        return ModelAnswer.Ok;
    }

    /// <summary>The transaction of that number, whether it is open or has been ended already; null where the producer is fenced or a later one was begun.</summary>
    public ModelTransaction? Known(string id, int epoch, long number)
    {
        var producer = _producers[id];
        return producer.Epoch == epoch && producer.Last is { } last && last.Epoch == epoch && last.Number == number ? last : null;
    }

    /// <summary>Decides how it ends. Asked again, it says the same.</summary>
    public ModelAnswer End(ModelTransaction transaction, bool commit)
    {
        if (transaction.IsOpen && _producers[transaction.Id].Epoch == transaction.Epoch)
        {
            transaction.State = commit ? TransactionState.Committing : TransactionState.Aborting;
            trace($"{transaction} is to {(commit ? "commit" : "abort")}");
        }
        return !transaction.IsOpen && transaction.IsCommitted == commit ? ModelAnswer.Ok : ModelAnswer.Fenced;
    }

    /// <summary>Timeouts, and one marker of each transaction that is ending.</summary>
    public void Tick()
    {
        foreach (var producer in _producers.Values)
        {
            if (producer.Current is { IsOpen: true } open && clock.NowMs - open.OpenedMs > timeoutMs)
                Abort(producer, "it took too long");
            if (producer.Current is { IsOpen: false } ending && random.Next(3) > 0)
                MarkOne(producer, ending);
        }
    }

    private void Abort(Producer producer, string why)
    {
        producer.Epoch++;
        producer.Current!.State = TransactionState.Aborting;
        trace($"{producer.Current} is aborted: {why}");
    }

    private void MarkOne(Producer producer, ModelTransaction ending)
    {
        // The group's partition is one of those that are told, at any place among them.
        var i = random.Next(-1, ending.Unmarked.Count);
        if (i >= 0)
        {
            mark(ending.Unmarked[i], ending);
            ending.Unmarked.RemoveAt(i);
        }
        else if (ending.Offsets.Count > 0)
        {
            offsets.End(ending);
        }
        if (ending.Unmarked.Count > 0 || ending.Offsets.Count > 0)
            return;
        ending.State = ending.IsCommitted ? TransactionState.Committed : TransactionState.Aborted;
        producer.Current = null;
        trace($"{ending} has ended: {ending.State}");
    }
}
