using Microsoft.Extensions.Hosting;

namespace StreamDeploy.Connectors.Web;

/// <summary>Whoever started a server stops it; the host's own lifetime would listen to Ctrl-C beside it.</summary>
internal sealed class OwnerLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
