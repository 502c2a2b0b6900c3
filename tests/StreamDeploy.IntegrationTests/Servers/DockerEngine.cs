using DotNet.Testcontainers.Configurations;

namespace StreamDeploy.IntegrationTests.Servers;

/// <summary>The Docker engine that Testcontainers finds: DOCKER_HOST, the context of the docker command, or a default socket.</summary>
internal static class DockerEngine
{
    /// <summary>Testcontainers asks with no limit of its own. An address that swallows packets would hold up the discovery of every test.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private static readonly Lazy<IDockerEndpointAuthenticationConfiguration?> Found = new(Find);

    /// <summary>Whether an engine answered. It is asked once in a process: without a socket that takes milliseconds.</summary>
    public static bool Answers => Found.Value is not null;

    public static IDockerEndpointAuthenticationConfiguration Endpoint =>
        Found.Value ?? throw new InvalidOperationException("no Docker engine answers");

    private static IDockerEndpointAuthenticationConfiguration? Find()
    {
        var search = Task.Run(() => TestcontainersSettings.OS.DockerEndpointAuthConfig);
        try
        {
            return search.Wait(Limit) ? search.Result : null;
        }
        catch (AggregateException)
        {
            return null;
        }
    }
}
