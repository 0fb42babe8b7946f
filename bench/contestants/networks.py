"""Whole networks with PyTorch and torchvision, on one thread: the same structures, each library's own first numbers."""

import json
import resource
import sys
import time


def definitions(torch):
    import torchvision

    nn, F = torch.nn, torch.nn.functional

    class Unet(nn.Module):
        """Three halvings, batch norms, transposed convolutions on the way up."""

        def __init__(self, width, depth, classes):
            super().__init__()

            def level(before, after):
                return nn.Sequential(
                    nn.Conv2d(before, after, 3, padding=1, bias=False),
                    nn.BatchNorm2d(after),
                    nn.ReLU(),
                    nn.Conv2d(after, after, 3, padding=1, bias=False),
                    nn.BatchNorm2d(after),
                    nn.ReLU(),
                )

            sizes = [width * 2**i for i in range(depth + 1)]
            self.down = nn.ModuleList(level(a, b) for a, b in zip([3, *sizes], sizes[:-1]))
            self.bottom = level(sizes[-2], sizes[-1])
            self.steps = nn.ModuleList(nn.ConvTranspose2d(2 * n, n, 2, 2) for n in reversed(sizes[:-1]))
            self.up = nn.ModuleList(level(2 * n, n) for n in reversed(sizes[:-1]))
            self.head = nn.Conv2d(width, classes, 1)

        def forward(self, x):
            seen = []
            for level in self.down:
                seen.append(level(x))
                x = F.max_pool2d(seen[-1], 2)
            x = self.bottom(x)
            for step, level in zip(self.steps, self.up):
                x = level(torch.cat([seen.pop(), step(x)], 1))
            return self.head(x)

    class WaveNet(nn.Module):
        """Two times 1, 2, … 128 samples apart, and two layers at the end."""

        def __init__(self, classes, residual, skip, dilations):
            super().__init__()
            self.dilations = dilations
            self.embedding = nn.Embedding(classes, residual)
            self.convs = nn.ModuleList(nn.Conv1d(residual, 2 * residual, 2, dilation=d) for d in dilations)
            self.residuals = nn.ModuleList(nn.Conv1d(residual, residual, 1) for _ in dilations)
            self.skips = nn.ModuleList(nn.Conv1d(residual, skip, 1) for _ in dilations)
            self.hidden = nn.Conv1d(skip, skip, 1)
            self.out = nn.Conv1d(skip, classes, 1)

        def forward(self, codes):
            x = self.embedding(codes).transpose(1, 2)
            total = 0
            for d, conv, residual, skip in zip(self.dilations, self.convs, self.residuals, self.skips):
                a, b = conv(F.pad(x, (d, 0))).chunk(2, 1)
                z = torch.tanh(a) * torch.sigmoid(b)
                total = total + skip(z)
                x = x + residual(z)
            return self.out(F.relu(self.hidden(F.relu(total))))

    class Positions(nn.Module):
        def __init__(self, length, width):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(length, width) * 0.02)

        def forward(self, x):
            return x + self.weight[: x.shape[1]]

    class Gpt(nn.Module):
        """GPT-2's structure: norms before branches, the output tied to the embeddings."""

        def __init__(self, vocabulary, layers, heads, width, context):
            super().__init__()
            self.words = nn.Embedding(vocabulary, width)
            nn.init.normal_(self.words.weight, std=0.02)
            self.positions = Positions(context, width)
            gelu = lambda x: F.gelu(x, approximate="tanh")
            block = nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, gelu, batch_first=True, norm_first=True)
            self.blocks = nn.TransformerEncoder(block, layers, nn.LayerNorm(width))

        def forward(self, tokens):
            unseen = torch.triu(torch.full((tokens.shape[1], tokens.shape[1]), float("-inf")), 1)
            x = self.blocks(self.positions(self.words(tokens)), unseen)
            return (x @ self.words.weight.T).transpose(1, 2)

    def waves(length, width):
        at = torch.arange(length)[:, None] / 10000 ** (torch.arange(0, width, 2) / width)
        return torch.stack([at.sin(), at.cos()], 2).reshape(length, width)

    class Translator(nn.Module):
        """torch.nn.Transformer between embeddings, of which the target's are those of the output."""

        def __init__(self, source, target, layers, heads, width):
            super().__init__()
            self.source, self.target = nn.Embedding(source, width), nn.Embedding(target, width)
            for words in (self.source, self.target):
                nn.init.normal_(words.weight, std=width**-0.5)
            self.body = nn.Transformer(width, heads, layers, layers, 4 * width, 0.0, batch_first=True, norm_first=True)
            self.waves, self.scale = waves(64, width), width**0.5

        def placed(self, x):
            return x * self.scale + self.waves[: x.shape[1]]

        def forward(self, given):
            source, padding, target = given
            unseen = torch.triu(torch.full((target.shape[1], target.shape[1]), float("-inf")), 1)
            x, y = self.placed(self.source(source)), self.placed(self.target(target))
            out = self.body(x, y, tgt_mask=unseen, src_key_padding_mask=padding, memory_key_padding_mask=padding)
            return (out @ self.target.weight.T).transpose(1, 2)

    class CachedAttention(nn.Module):
        """Causal, with the keys and values of earlier positions where they are given."""

        def __init__(self, width, heads):
            super().__init__()
            self.heads = heads
            self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

        def forward(self, x, cache=None):
            batch, time, width = x.shape

            def split(y):
                return y.view(batch, time, self.heads, -1).transpose(1, 2)

            q, k, v = split(self.query(x)), split(self.key(x)), split(self.value(x))
            if cache is not None:
                k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
            scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
            if time > 1:
                mask = torch.ones(time, k.shape[2], dtype=torch.bool).tril(k.shape[2] - time)
                scores = scores.masked_fill(~mask, -float("inf"))
            y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, time, width)
            return self.out(y), (k, v)

    class CachedGpt(nn.Module):
        """GPT-2's structure: norms first, tied embeddings, learnt positions."""

        def __init__(self, vocabulary, layers, heads, width, context):
            super().__init__()
            self.tokens = nn.Embedding(vocabulary, width)
            self.positions = nn.Embedding(context, width)
            nn.init.normal_(self.tokens.weight, std=0.02)
            self.blocks = nn.ModuleList(
                nn.ModuleList(
                    [
                        nn.LayerNorm(width),
                        CachedAttention(width, heads),
                        nn.LayerNorm(width),
                        nn.Linear(width, 4 * width),
                        nn.Linear(4 * width, width),
                    ]
                )
                for _ in range(layers)
            )
            self.norm = nn.LayerNorm(width)

        def step(self, x, caches, at):
            x = self.tokens(x) + self.positions(torch.arange(at, at + x.shape[1]))
            kept = []
            for (first, attention, second, hidden, out), cache in zip(self.blocks, caches):
                y, seen = attention(first(x), cache)
                kept.append(seen)
                x = x + y
                x = x + out(F.gelu(hidden(second(x)), approximate="tanh"))
            return self.norm(x), kept

    def training(model, x, y, optimizer):
        model.train()

        def run():
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(model(x), y).backward()
            optimizer.step()

        return run

    def sgd(model):
        return torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def pictures(batch, size):
        return torch.randn(batch, 3, size, size)

    def classified(make, batch):
        model = make(num_classes=10)
        return model, training(model, pictures(batch, 64), torch.arange(batch) % 10, sgd(model))

    def unet():
        model = Unet(16, 3, 2)
        return model, training(model, pictures(8, 64), (torch.arange(64) % 2).expand(8, 64, 64).contiguous(), sgd(model))

    def wavenet():
        model = WaveNet(256, 32, 64, [2**i for i in range(8)] * 2)
        codes = torch.randint(256, (4, 1024))
        return model, training(model, codes, codes, torch.optim.Adam(model.parameters(), lr=1e-3))

    def adam(model):
        return torch.optim.Adam(model.parameters(), lr=1e-3)

    def gpt():
        model, text = Gpt(65, 4, 4, 128, 64), torch.randint(65, (12, 64))
        return model, training(model, text, text, adam(model))

    def nmt():
        model = Translator(3300, 3800, 2, 4, 128)
        source, target = torch.randint(3300, (64, 8)), torch.randint(3800, (64, 12))
        padding = torch.arange(8) >= (torch.arange(64) % 3 + 6)[:, None]
        return model, training(model, (source, padding, target), target, adam(model))

    def greedy(batch, prompt=16, length=64):
        model = CachedGpt(65, 4, 4, 128, prompt + length).eval()
        start = (torch.arange(batch * prompt) % 65).view(batch, prompt)

        def run():
            with torch.no_grad():
                x, caches, at, written = start, [None] * len(model.blocks), 0, []
                for _ in range(length):
                    y, caches = model.step(x, caches, at)
                    at += x.shape[1]
                    x = F.linear(y[:, -1:], model.tokens.weight).argmax(-1)
                    written.append(x)
                torch.cat(written, 1)

        return model, run

    def dcgan(batch, width):
        """A step of the discriminator and one of the generator, with an average of the latter, as puregrad's row makes them."""
        made = nn.Sequential(
            nn.ConvTranspose2d(64, 2 * width, 7, 1, 0, bias=False), nn.BatchNorm2d(2 * width), nn.ReLU(),
            nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.ConvTranspose2d(width, 1, 4, 2, 1, bias=False), nn.Tanh(),
        )
        told = nn.Sequential(
            nn.Conv2d(1, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 1, 7, 1, 0, bias=False), nn.Flatten(0),
        )
        for p in [*made.parameters(), *told.parameters()]:
            if p.ndim == 4:
                nn.init.normal_(p, 0, 0.02)
        average = [p.detach().clone() for p in made.parameters()]
        slow, fast = (torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for net in (told, made))
        real = torch.randn(batch, 1, 28, 28)

        def run():
            slow.zero_grad(set_to_none=True)
            with torch.no_grad():
                fake = made(torch.randn(batch, 64, 1, 1))
            (F.softplus(-told(real)).mean() + F.softplus(told(fake)).mean()).backward()
            slow.step()
            fast.zero_grad(set_to_none=True)
            F.softplus(-told(made(torch.randn(batch, 64, 1, 1)))).mean().backward()
            fast.step()
            with torch.no_grad():
                for mean, p in zip(average, made.parameters()):
                    mean.lerp_(p, 0.001)

        return nn.ModuleList([made, told]), run

    def forward():
        model = torchvision.models.resnet50().eval()
        x = pictures(1, 224)

        def run():
            with torch.no_grad():
                model(x)

        return model, run

    def large(name, batch):
        model = getattr(torchvision.models, name)()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
        return model, training(model, pictures(batch, 224), torch.arange(batch) % 1000, optimizer)

    return {
        "resnet18-step": lambda: classified(torchvision.models.resnet18, 16),
        "densenet121-step": lambda: classified(torchvision.models.densenet121, 8),
        "unet-step": unet,
        "wavenet-step": wavenet,
        "gpt-step": gpt,
        "gpt-greedy-1": lambda: greedy(1),
        "gpt-greedy-8": lambda: greedy(8),
        "nmt-step": nmt,
        "dcgan-step": lambda: dcgan(64, 32),
        "resnet50-forward": forward,
    }, large


def networks(torch):
    """By the ids of rows, as the race wants them: the result is the number of parameters."""

    def row(make):
        def prepared(_):
            model, run = make()
            return run, lambda: torch.tensor([float(sum(p.numel() for p in model.parameters()))])

        return prepared

    return {name: row(make) for name, make in definitions(torch)[0].items()}


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def seconds(f):
    start = time.perf_counter()
    f()
    return time.perf_counter() - start


def main(name, batch):
    import torch

    torch.set_num_threads(1)
    made = []
    init = seconds(lambda: made.append(definitions(torch)[1](name, int(batch))))
    init_peak = peak()
    first, *steps = [seconds(made[0][1]) for _ in range(4)]
    print(json.dumps({"init": init, "initPeak": init_peak, "first": first, "step": sorted(steps)[1], "peak": peak()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
