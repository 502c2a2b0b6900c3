namespace StreamDeploy.IntegrationTests.Servers;

/// <summary>A real schema registry on loopback for the tests of a collection.</summary>
public sealed class RealRegistry : IDisposable
{
    public const string Variable = "STREAMDEPLOY_TEST_REGISTRY";

    private readonly string _folder = Directory.CreateTempSubdirectory("streamdeploy-registry-").FullName;

    public RealRegistry() => Url = ServerCommand.Run(ServerCommand.Of(Variable), "start", _folder, "--port", $"{ServerCommand.FreePorts(1)}").Trim();

    public string Url { get; }

    public void Kill() => ServerCommand.Run(ServerCommand.Of(Variable), "kill", _folder);

    public void Dispose()
    {
        Kill();
        Directory.Delete(_folder, recursive: true);
    }
}
