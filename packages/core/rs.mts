import { random, np } from '@puregrad/core'
import { createHash } from 'node:crypto'
const h=(x:any)=>createHash('md5').update(new Uint8Array(x.data().buffer, x.data().byteOffset, x.data().byteLength)).digest('hex').slice(0,10)
const k=random.key(7)
for (const shape of [[1100,1000],[2**20],[3,5,80000],[1025,1024]]) {
 const t=performance.now()
 console.log(shape.join('x'), [random.normal(k,shape),random.uniform(k,shape),random.uniform(k,shape,{minval:-1,maxval:3}),random.truncatedNormal(k,-2,2,shape),random.gumbel(k,shape),random.bernoulli(k,0.3,shape),random.laplace(k,shape),random.normal(k,shape,{dtype:'float64'}),random.triangular(k,0,0.5,1,shape),random.weibullMin(k,1,2,shape),random.pareto(k,2,shape)].map(h).join(' '), (performance.now()-t|0))
}
