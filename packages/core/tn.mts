import { jit, random, makeProgram, np } from './src/index.js'
import { planMemory } from './src/compile/plan.js'
import { arrange } from './src/compile/arrange.js'
for (const [name,f] of [['trunc',(k:any)=>random.truncatedNormal(k,-2,2,[2048,1024])],['normal',(k:any)=>random.normal(k,[2048,1024])]] as const) {
const q = arrange(makeProgram(f)(random.key(0)) as any)
for (const e of q.equations) if ((e.params as any).members) console.log((e.params as any).members.map((m:any)=>m.primitive.name).join(' '), (e.params as any).perTile)
const j=jit(f); const k=random.key(1); j(k)
for (let i=0;i<3;i++){
let t=performance.now(); j(k); console.log('jit ms',performance.now()-t)
t=performance.now(); f(k); console.log('eager ms',performance.now()-t)}
}
