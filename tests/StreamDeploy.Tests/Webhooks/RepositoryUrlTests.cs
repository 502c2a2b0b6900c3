using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Tests.Webhooks;

public sealed class RepositoryUrlTests
{
    [Theory]
    [InlineData("https://github.com/acme/checkout", "acme/checkout")]
    [InlineData("https://github.com/acme/checkout.git", "acme/checkout")]
    [InlineData("https://git:token@github.com/acme/checkout.git/", "acme/checkout")]
    [InlineData("https://gitlab.acme.example:8443/shop/backend/checkout.git", "shop/backend/checkout")]
    [InlineData("git@github.com:acme/checkout.git", "acme/checkout")]
    [InlineData("github.com:acme/checkout", "acme/checkout")]
    [InlineData("ssh://git@github.com/acme/checkout.git", "acme/checkout")]
    [InlineData("ssh://git@ssh.github.com:443/acme/checkout.git", "acme/checkout")]
    [InlineData("https://github.com/checkout.git", null)]
    [InlineData("https://github.com/", null)]
    [InlineData("https://github.com//checkout", null)]
    [InlineData("oci://registry.acme.example/charts/checkout", null)]
    [InlineData("registry-1.docker.io/bitnamicharts", null)]
    [InlineData("file:///srv/git/checkout.git", null)]
    [InlineData("/srv/git:old/checkout", null)]
    [InlineData("https://", null)]
    [InlineData(":", null)]
    public void The_host_s_own_name_for_it_is_in_its_path(string url, string? name) => Assert.Equal(name, RepositoryUrl.NameOf(url));
}
