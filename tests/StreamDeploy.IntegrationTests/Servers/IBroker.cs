namespace StreamDeploy.IntegrationTests.Servers;

/// <summary>A real Kafka broker for tests that only connect to it, however it was started.</summary>
internal interface IBroker : IDisposable
{
    string BootstrapServers { get; }
}
