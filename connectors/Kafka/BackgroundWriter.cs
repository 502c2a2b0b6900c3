namespace StreamDeploy.Connectors.Kafka;

/// <summary>Has its batches written by a thread of its own, so that the next can be filled meanwhile.</summary>
/// <param name="write">Writes one whole batch, or throws; knows its own limits.</param>
/// <param name="close">Closes the clients.</param>
internal sealed class BackgroundWriter(Action<Batch> write, Action close) : IBatchWriter
{
    private Task? _underWay;

    public bool IsBusy => _underWay is not null;

    public void Start(Batch batch) => _underWay = Task.Run(() => write(batch));

    public bool Wait(TimeSpan limit)
    {
        if (_underWay is not { } task)
            return true;
        if (Task.WaitAny([task], limit) < 0)
            return false;
        _underWay = null;
        task.GetAwaiter().GetResult();
        return true;
    }

    public void Dispose() => close();
}
