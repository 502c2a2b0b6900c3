using System.Security.Cryptography;
using StreamDeploy.Connectors.LiveView;

namespace StreamDeploy.Tests.LiveView;

/// <summary>What browsers fetch besides pages.</summary>
public sealed class StaticAssetsTests
{
    private static readonly string[] Scripts = ["htmx.min.js", "hx-sse.min.js", "view.js"];

    [Fact]
    public void All_scripts_together_stay_under_60_KB() =>
        Assert.InRange(Scripts.Sum(StaticAssets.BytesOf), 1, 60_000);

    [Theory]
    [InlineData("htmx.min.js", "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130")]
    [InlineData("hx-sse.min.js", "18ef2761356ec1fe0bb6d92612315b37517a7c1e9856b661c5ae81fef239d103")]
    public void The_scripts_of_others_are_as_they_were_published(string name, string digest)
    {
        using var stream = typeof(StaticAssets).Assembly.GetManifestResourceStream("LiveView/" + name)!;

        Assert.Equal(digest, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}
