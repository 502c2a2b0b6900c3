using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

public class AvroCodecTests
{
    [Fact]
    public void A_deployment_reads_as_it_was_written()
    {
        Deployment deployment = Some.Deployment() with { Author = new Author { Name = "Zoë" }, Links = [new Link { Href = "https://x" }], StartedAtMs = -1 };
        AvroCodec<Deployment> codec = AvroCodec<Deployment>.Instance;

        Deployment read = codec.ReaderFor(codec.Schema).Read(codec.Encode(deployment));

        Assert.Equal(deployment with { Links = read.Links }, read);
        Assert.Equal(deployment.Links, read.Links);
    }
}
