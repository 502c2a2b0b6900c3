namespace StreamDeploy.Connectors.Kafka;

/// <summary>Writes batches, each as one unit with its offsets, one at a time and beside the thread that fills the next.</summary>
/// <remarks>Two of them: one on Kafka, and the model of a broker that the worker is simulated against.</remarks>
internal interface IBatchWriter : IDisposable
{
    /// <summary>Whether a batch is under way.</summary>
    bool IsBusy { get; }

    /// <summary>Begins to write a batch, which is not to be touched until it is done.</summary>
    void Start(Batch batch);

    /// <summary>Waits for what is under way.</summary>
    /// <returns>Whether it is done, written or not; false when the limit was over before.</returns>
    /// <exception cref="BrokerUnavailableException">It is done and was not written; of it nothing will be seen.</exception>
    /// <exception cref="KafkaSettingsException">It is done and was not written, and no other try will do better.</exception>
    bool Wait(TimeSpan limit);
}
